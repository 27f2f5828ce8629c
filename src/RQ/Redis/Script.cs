using System.Security.Cryptography;
using System.Text;

namespace RQ.Redis;

/// <summary>A Lua script, embedded as a file of the same name, with the library files that it includes in front.</summary>
internal sealed class Script
{
    private const string IncludeMark = "-- include: ";

    private Script(string name, string source)
    {
        Name = name;
        Source = source;
#pragma warning disable CA5350 // Redis names scripts by their SHA-1; nothing is kept secret by it.
        Hash = SHA1.HashData(Encoding.UTF8.GetBytes(source));
#pragma warning restore CA5350
        HashText = Convert.ToHexStringLower(Hash);
    }

    public string Name { get; }

    public string Source { get; }

    public byte[] Hash { get; }

    public string HashText { get; }

    /// <summary>Reads <c>name.lua</c>. A line <c>-- include: a b</c> puts <c>a.lua</c> and <c>b.lua</c> in its place.</summary>
    public static Script Load(string name)
    {
        var source = new StringBuilder();
        foreach (string line in ReadFile(name).Split('\n'))
        {
            if (line.StartsWith(IncludeMark, StringComparison.Ordinal))
            {
                foreach (string library in line[IncludeMark.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    AppendCode(source, ReadFile(library));
            }
            else
            {
                AppendCode(source, line);
            }
        }

        return new Script(name, source.ToString());
    }

    private static void AppendCode(StringBuilder source, string code)
    {
        foreach (string line in code.Split('\n'))
        {
            string trimmed = line.Trim();
            if (trimmed.Length > 0 && !trimmed.StartsWith("--", StringComparison.Ordinal))
                source.Append(trimmed).Append('\n');
        }
    }

    private static string ReadFile(string name)
    {
        using Stream? stream = typeof(Script).Assembly.GetManifestResourceStream(name + ".lua")
            ?? throw new InvalidOperationException($"The script '{name}.lua' is not embedded in the RQ assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
