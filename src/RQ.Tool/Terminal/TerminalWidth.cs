using System.Globalization;

namespace RQ.Tool.Terminal;

/// <summary>How wide the terminal is; as in Python, the environment's <c>COLUMNS</c> wins, and 80 is assumed where there is none.</summary>
internal static class TerminalWidth
{
    public static int Columns
    {
        get
        {
            if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int columns) && columns > 0)
                return columns;
            try
            {
                return !Console.IsOutputRedirected && Console.WindowWidth is > 0 and int width ? width : 80;
            }
            catch (IOException)
            {
                return 80;
            }
        }
    }
}
