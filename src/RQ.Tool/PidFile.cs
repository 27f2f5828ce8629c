using System.Globalization;

namespace RQ.Tool;

/// <summary>A file that holds this process's id as long as it runs.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string _path;

    private PidFile(string path) => _path = path;

    private static string Id => Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <param name="path">Where; <c>~</c> is the home directory. <c>null</c>: nowhere.</param>
    /// <exception cref="ToolException">It cannot be written.</exception>
    public static PidFile? Write(string? path)
    {
        if (path is null)
            return null;
        string expanded = Expand(path);
        try
        {
            File.WriteAllText(expanded, Id);
            return new PidFile(expanded);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ToolException($"--pid: '{path}' cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>Removes it, unless another process has written its own id there meanwhile.</summary>
    public void Dispose()
    {
        try
        {
            if (File.ReadAllText(_path) == Id)
                File.Delete(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Somebody else has removed it, or does not let us.
        }
    }

    private static string Expand(string path) =>
        path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
            ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..]
            : path;
}
