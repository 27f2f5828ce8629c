using System.Diagnostics;

namespace RQ.Bench;

/// <summary>The benchmark itself, started once more.</summary>
internal static class ThisProgram
{
    public static ProcessStartInfo Command(IEnumerable<string> arguments)
    {
        string executable = Environment.ProcessPath ?? throw new InvalidOperationException("It is not known which program this is.");
        string[] own = Path.GetFileNameWithoutExtension(executable) == "dotnet" ? [typeof(ThisProgram).Assembly.Location] : [];
        return new ProcessStartInfo(executable, [.. own, .. arguments]);
    }
}
