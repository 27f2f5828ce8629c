namespace RQ.Embedded;

/// <summary>
/// The right to serve a directory: an exclusive lock of the operating system on <c>rq.lock</c>. It ends with the process
/// that holds it, however that ends, so there is nothing to clean up and no process id to trust.
/// </summary>
internal sealed class ServerLock : IDisposable
{
    private readonly FileStream _file;

    private ServerLock(FileStream file) => _file = file;

    /// <summary>The lock, or <c>null</c> while somebody else has it.</summary>
    public static ServerLock? TryTake(string directory)
    {
        // FileShare.None is flock on Unix, which also tells two holders in one process apart.
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            // Who may open it may hold it, and so keep everybody from the data.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            return new ServerLock(new FileStream(Path.Combine(directory, "rq.lock"), options));
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            return null;
        }
    }

    private static bool IsHeldByAnother(IOException e)
    {
        const int sharingViolation = unchecked((int)0x80070020);
        const int wouldBlockLinux = 11;
        const int wouldBlockBsd = 35;
        return e.HResult == (OperatingSystem.IsWindows() ? sharingViolation : OperatingSystem.IsLinux() ? wouldBlockLinux : wouldBlockBsd);
    }

    public void Dispose() => _file.Dispose();
}
