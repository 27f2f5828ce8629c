using System.Text;
using RQ.Serialization;

namespace RQ.Tool.Enqueueing;

/// <summary>
/// The arguments of a function as RQ's command line takes them: <c>text</c>, <c>:json</c>, <c>%literal</c>, <c>name=text</c>,
/// <c>name:=json</c>, <c>name%=literal</c>; a value that begins with <c>@</c> is read from the file of that name.
/// Same as <c>parse_function_arg</c> in rq/cli/helpers.py.
/// </summary>
internal static class FunctionArguments
{
    private enum Notation
    {
        Text,
        Json,
        Literal,
    }

    /// <exception cref="UsageException">An argument cannot be read; the message says which.</exception>
    public static JobCall ToCall(string function, IEnumerable<string> arguments)
    {
        var positional = new List<object?>();
        var named = new OrderedDictionary<string, object?>();
        foreach (string argument in arguments)
        {
            (string? name, Notation notation, string text) = Split(argument);
            object? value = Read(notation, FromFile(text), name is null ? $"argument {positional.Count + 1}" : $"the argument '{name}'");
            if (name is null)
                positional.Add(value);
            else if (!named.TryAdd(name, value))
                throw new UsageException($"The argument '{name}' is given more than once.");
        }

        return JobCall.To(function, positional, named);
    }

    private static (string? Name, Notation Notation, string Text) Split(string argument)
    {
        if (argument.StartsWith(':'))
            return (null, Notation.Json, argument[1..]);
        if (argument.StartsWith('%'))
            return (null, Notation.Literal, argument[1..]);
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            return (null, Notation.Text, argument);
        string text = argument[(equals + 1)..];
        // RQ looks at the first : and the first % only, so "a:b:=1" names the text "1" a:b:.
        if (argument.IndexOf(':', StringComparison.Ordinal) == equals - 1)
            return (argument[..(equals - 1)], Notation.Json, text);
        if (argument.IndexOf('%', StringComparison.Ordinal) == equals - 1)
            return (argument[..(equals - 1)], Notation.Literal, text);
        return (argument[..equals], Notation.Text, text);
    }

    private static string FromFile(string text)
    {
        if (!text.StartsWith('@'))
            return text;
        string file = text[1..];
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"The file '{file}' cannot be read: {exception.Message} An argument that begins with @ is read from a file; for the text itself, write it as JSON: ':\"@…\"'.");
        }
    }

    private static object? Read(Notation notation, string text, string what)
    {
        try
        {
            return notation switch
            {
                Notation.Json => JobSerializer.Json.Deserialize(Encoding.UTF8.GetBytes(text)),
                Notation.Literal => PythonLiteral.Parse(text),
                _ => text,
            };
        }
        // The second: a JSON text with half of a surrogate pair.
        catch (Exception exception) when (exception is UnreadableDataException or InvalidOperationException)
        {
            throw new UsageException($"Unable to parse {what} as JSON: {exception.Message}");
        }
        catch (FormatException exception)
        {
            throw new UsageException($"Unable to read {what} as a Python literal: {exception.Message}");
        }
    }
}
