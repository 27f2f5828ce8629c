namespace RQ.Tool;

/// <summary>What an <see cref="ArgumentException"/> says to people: without the parameter's name, which is no news to them.</summary>
internal static class ArgumentText
{
    public static string Of(ArgumentException exception) =>
        exception.ParamName is null ? exception.Message : exception.Message.Replace($" (Parameter '{exception.ParamName}')", "", StringComparison.Ordinal);

    /// <summary>The same without an introduction that the reader has had already.</summary>
    public static string Of(ArgumentException exception, string introduction)
    {
        string text = Of(exception);
        return text.StartsWith(introduction, StringComparison.Ordinal) ? text[introduction.Length..] : text;
    }
}
