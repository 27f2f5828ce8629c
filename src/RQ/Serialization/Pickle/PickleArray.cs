using System.Text;

namespace RQ.Serialization;

/// <summary>Arrays of the module array, as lists.</summary>
internal static class PickleArray
{
    /// <summary>Protocols below 3: <c>(typecode, items)</c>.</summary>
    public static List<object?>? Plain(object?[] args, PickleKeys keys)
    {
        switch (args)
        {
            case [string { Length: 1 }]:
                return [];
            case [string { Length: 1 }, List<object?> items]:
                return new List<object?>(items);
            case [string { Length: 1 }, string text]:
                return Letters(text, keys);
            default:
                return null;
        }
    }

    /// <summary><c>(array.array, typecode, format, bytes)</c>.</summary>
    public static List<object?>? Machine(object?[] args, PickleKeys keys)
    {
        if (args is not [PickleName, string { Length: 1 }, long format, byte[] bytes])
        {
            return null;
        }
        if (format is >= 18 and <= 21)
        {
            Encoding encoding = format < 20 ? new UnicodeEncoding(format == 19, false) : new UTF32Encoding(format == 21, false);
            return Letters(encoding.GetString(bytes), keys);
        }
        // Formats come in pairs, with the lowest byte first or last; those of single bytes have no order.
        PickleElement? known = format switch
        {
            0 or 1 => new PickleElement(format == 0 ? 'u' : 'i', 1, false),
            >= 2 and <= 13 => new PickleElement((format & 2) == 0 ? 'i' : 'u', 1 << (int)((format + 2) / 4), format % 2 == 1),
            14 or 15 => new PickleElement('f', 4, format == 15),
            16 or 17 => new PickleElement('f', 8, format == 17),
            _ => null,
        };
        if (known is not { } element || bytes.Length % element.Size != 0)
        {
            return null;
        }
        keys.Budget.Spend(bytes.Length / element.Size);
        keys.Budget.Allocate(MemoryBudget.List + ((long)(bytes.Length / element.Size) * MemoryBudget.Item));
        var list = new List<object?>(bytes.Length / element.Size);
        for (var i = 0; i < bytes.Length; i += element.Size)
        {
            list.Add(element.Read(bytes.AsSpan(i, element.Size)));
        }
        return list;
    }

    private static List<object?> Letters(string text, PickleKeys keys)
    {
        keys.Budget.Spend(text.Length);
        keys.Budget.Allocate(MemoryBudget.List + ((long)text.Length * MemoryBudget.Item));
        var letters = new List<object?>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            letters.Add(rune.ToString());
        }
        return letters;
    }
}
