using System.Buffers.Text;
using System.Text;

namespace RQ.Serialization;

/// <summary>
/// Texts about a job whose data is encrypted, such as why it failed: <c>rq-encrypted:BASE64</c>. So they stay texts for every reader that does not have the keys.
/// </summary>
internal static class ProtectedText
{
    private const string Mark = "rq-encrypted:";

    public static string Seal(string text, ProtectedSerializer serializer, in PayloadContext context) =>
        Mark + Convert.ToBase64String(serializer.Seal(Encoding.UTF8.GetBytes(text), context));

    /// <summary>What has to be opened; <c>null</c> for a text in the clear.</summary>
    public static byte[]? BytesOf(string text) =>
        text.StartsWith(Mark, StringComparison.Ordinal) && Base64.IsValid(text.AsSpan(Mark.Length)) ? Convert.FromBase64String(text[Mark.Length..]) : null;
}
