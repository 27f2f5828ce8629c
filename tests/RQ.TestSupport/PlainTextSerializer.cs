using System.Text;

namespace RQ.TestSupport;

/// <summary>A format of a user's own: a mark, then JSON in hex digits. Neither a pickle nor JSON.</summary>
public sealed class PlainTextSerializer : JobSerializer
{
    public const string Mark = "plain:";

    public override string Name => "plain-text";

    public override byte[] Serialize(object? data)
    {
        if (data is string { Length: > 0 } text && text.Contains("unwritable", StringComparison.Ordinal))
            throw new NotSupportedException("this text is not for me");
        return Encoding.ASCII.GetBytes(Mark + Convert.ToHexStringLower(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(data)));
    }

    public override object? Deserialize(ReadOnlyMemory<byte> bytes)
    {
        string text = Encoding.ASCII.GetString(bytes.Span);
        if (!text.StartsWith(Mark, StringComparison.Ordinal))
            throw new FormatException("no mark");
        return System.Text.Json.JsonSerializer.Deserialize<object?>(Convert.FromHexString(text[Mark.Length..]));
    }
}
