namespace RQ.Tool;

/// <summary>What nobody else should read: in a variable of the environment, or in a file that a variable with <c>_FILE</c> behind its name names, as platforms mount them.</summary>
/// <param name="Text">The secret.</param>
/// <param name="Origin">The variable.</param>
internal sealed record Secret(string Text, string Origin)
{
    /// <returns><c>null</c> when neither variable is set.</returns>
    /// <exception cref="UsageException">The file cannot be read, or is empty.</exception>
    public static Secret? Find(string variable, Func<string, string?> environment)
    {
        if (environment(variable) is { } text && !string.IsNullOrWhiteSpace(text))
            return new Secret(text, variable);
        string fileVariable = variable + "_FILE";
        if (environment(fileVariable) is not { } file || string.IsNullOrWhiteSpace(file))
            return null;
        try
        {
            string content = File.ReadAllText(file).TrimEnd('\r', '\n');
            return string.IsNullOrWhiteSpace(content)
                ? throw new UsageException($"The file '{file}', which the environment's {fileVariable} names, is empty.")
                : new Secret(content, fileVariable);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"The environment's {fileVariable} names a file that cannot be read: {exception.Message}");
        }
    }

    // Records show what they hold.
    public override string ToString() => Origin;
}
