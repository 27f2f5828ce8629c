using System.Globalization;

namespace RQ.Tool;

/// <summary>Amounts of memory: bytes, or a whole number with K, M, G or T, in either case; a kilobyte is 1,024 bytes.</summary>
internal static class MemoryText
{
    /// <returns>Bytes; <c>null</c> when nothing is given.</returns>
    /// <exception cref="UsageException">It is no amount of memory, or none above zero.</exception>
    public static long? Parse(string? text, string option)
    {
        if (text is null)
            return null;
        string number = text.Trim();
        int power = number.Length == 0 ? -1 : "KMGT".IndexOf(char.ToUpperInvariant(number[^1]), StringComparison.Ordinal);
        if (power >= 0)
            number = number[..^1];
        // A petabyte and more is a mistyped number.
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value is > 0 and < 1L << 50 && value << (10 * (power + 1)) >> (10 * (power + 1)) == value
            ? value << (10 * (power + 1))
            : throw new UsageException($"{option} '{text}' is no amount of memory above zero: write bytes, or a whole number with K, M, G or T, such as 512M or 2G.");
    }
}
