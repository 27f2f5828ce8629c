using System.Diagnostics;

namespace RQ.Tool.WorkerPools;

/// <summary>One process of a pool. What it prints is passed on, whole lines only.</summary>
internal sealed class PoolWorker : IDisposable
{
    // A process that a job left behind may keep the output open; nobody waits for that one.
    private static readonly TimeSpan s_lastLines = TimeSpan.FromSeconds(3);

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly Task _output;

    private PoolWorker(Process process)
    {
        _process = process;
        _output = Task.WhenAll(PassOnAsync(process.StandardOutput, Console.Out), PassOnAsync(process.StandardError, Console.Error));
    }

    public int Id => _process.Id;

    /// <summary>Starts the command that this process is, with other arguments.</summary>
    /// <param name="arguments">Of the worker.</param>
    /// <param name="url">The server's address when the command line has it; the worker gets it in its environment.</param>
    public static PoolWorker Start(IEnumerable<string> arguments, string? url)
    {
        string own = Environment.ProcessPath ?? throw new ToolException("The system does not say which program this is, so it cannot be started again. Run rq worker instead.");
        bool isHost = Path.GetFileNameWithoutExtension(own) == "dotnet";
        var start = new ProcessStartInfo(own, isHost ? ["exec", typeof(PoolWorker).Assembly.Location, .. arguments] : arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[PoolLink.Variable] = "1";
        if (!string.IsNullOrWhiteSpace(url))
            start.Environment[ServerAddress.Variable] = url;
        return new PoolWorker(Process.Start(start)!);
    }

    /// <summary>Tells it something: see <see cref="PoolLink"/>.</summary>
    public void Tell(string wish)
    {
        lock (_lock)
        {
            try
            {
                _process.StandardInput.WriteLine(wish);
                _process.StandardInput.Flush();
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code; 128 and the signal's number when one has killed it.</returns>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        await Task.WhenAny(_output, Task.Delay(s_lastLines, TimeProvider.System)).ConfigureAwait(false);
        return _process.ExitCode;
    }

    public void Dispose() => _process.Dispose();

    private static async Task PassOnAsync(StreamReader from, TextWriter to)
    {
        try
        {
            while (await from.ReadLineAsync().ConfigureAwait(false) is { } line)
                await TryWriteAsync(to, line).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // Nothing more is to come.
        }
    }

    private static async Task TryWriteAsync(TextWriter to, string line)
    {
        try
        {
            await to.WriteLineAsync(line).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The disk is full, or nobody reads what the pool prints. The line is lost, but the next one is read: a worker whose output nobody takes stands still.
        }
    }
}
