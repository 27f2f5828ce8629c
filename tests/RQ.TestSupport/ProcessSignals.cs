using System.Diagnostics;
using System.Globalization;

namespace RQ.TestSupport;

/// <summary>Signals that .NET does not send.</summary>
internal static class ProcessSignals
{
    /// <param name="process">Whom to send it to.</param>
    /// <param name="name">Without its <c>SIG</c>.</param>
    public static void Send(this Process process, string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
