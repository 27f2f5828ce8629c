using System.Net.Sockets;

namespace RQ.WorkHorses;

/// <summary>Where one new work horse finds its worker: a socket in a directory that only this user can enter, gone as soon as it has come.</summary>
internal sealed class HorseListener : IDisposable
{
    /// <summary>What the system allows for the path of a socket, its end mark included; macOS allows the least.</summary>
    private const int LongestPath = 103;

    private readonly string _directory;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public HorseListener()
    {
        _directory = MakeDirectory();
        try
        {
            Path = System.IO.Path.Combine(_directory, "s");
            _socket.Bind(new UnixDomainSocketEndPoint(Path));
            _socket.Listen(1);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    public async Task<HorseChannel> AcceptAsync(CancellationToken cancellationToken) =>
        new(await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false));

    public void Dispose()
    {
        _socket.Dispose();
        try
        {
            Directory.Delete(_directory, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // An empty directory of temporary files stays.
        }
    }

    private static string MakeDirectory()
    {
        string directory = Directory.CreateTempSubdirectory("rq-").FullName;
        if (directory.Length + 2 <= LongestPath || OperatingSystem.IsWindows())
            return directory;
        Directory.Delete(directory);
        string inShort = $"/tmp/rq-{Guid.NewGuid():N}";
        Directory.CreateDirectory(inShort, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return inShort;
    }
}
