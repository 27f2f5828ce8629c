namespace RQ;

/// <summary>Reads the exception texts that workers store: .NET's begin with the message, Python's end with it.</summary>
internal static class FailureText
{
    /// <summary>The line that says what went wrong.</summary>
    public static string? Summary(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines[0].StartsWith("Traceback", StringComparison.Ordinal) ? lines[^1] : lines[0];
    }
}
