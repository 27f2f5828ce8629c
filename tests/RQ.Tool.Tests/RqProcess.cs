using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace RQ.Tool.Tests;

/// <summary>How a run of <c>rq</c> ended.</summary>
internal sealed record RqExit(int Code, string Output, string Errors)
{
    public string[] OutputLines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public string[] ErrorLines => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The <c>rq</c> command as a process of its own.</summary>
internal sealed class RqProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _output = new();
    private readonly Task _reading;
    private readonly Task<string> _errors;

    private RqProcess(Process process)
    {
        _process = process;
        _reading = ReadAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The assembly with jobs that workers under test are given.</summary>
    public static string JobAssembly => Path.Combine(AppContext.BaseDirectory, "RQ.TestSupport.dll");

    public int Id => _process.Id;

    public static RqProcess Start(params string[] arguments) => Start([], arguments);

    public static RqProcess Start((string Name, string Value)[] environment, params string[] arguments) => StartBy([], environment, arguments);

    /// <summary>Lets another command start it, such as <c>unshare</c>: signals go to that one.</summary>
    public static RqProcess StartBy(string[] other, (string Name, string Value)[] environment, params string[] arguments)
    {
        string[] command = [.. other, "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "RQ.Tool.dll"), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (string name in new[] { "RQ_REDIS_URL", "REDIS_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD", "RQ_WORKER_CLASS", "COLUMNS" })
            start.Environment.Remove(name);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return new RqProcess(Process.Start(start)!);
    }

    public static async Task<RqExit> RunAsync(params string[] arguments) => await RunAsync([], arguments);

    public static async Task<RqExit> RunAsync((string Name, string Value)[] environment, params string[] arguments)
    {
        await using RqProcess process = Start(environment, arguments);
        return await process.ExitAsync();
    }

    /// <summary>The next line of its output that has the text in it.</summary>
    public async Task<string> LineAsync(string text)
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        try
        {
            await foreach (string line in _lines.Reader.ReadAllAsync(limit.Token))
            {
                if (line.Contains(text, StringComparison.Ordinal))
                    return line;
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"rq did not print '{text}', but:\n{_output}");
        }

        throw new InvalidOperationException($"rq ended without printing '{text}'. It printed:\n{_output}\n{await _errors}");
    }

    /// <summary>Waits until it has ended by itself.</summary>
    public async Task<RqExit> ExitAsync()
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        await _process.WaitForExitAsync(limit.Token);
        await _reading;
        return new RqExit(_process.ExitCode, _output.ToString(), await _errors);
    }

    /// <summary>Sends a signal: <c>TERM</c>, <c>INT</c>, <c>KILL</c>.</summary>
    public Task SignalAsync(string signal) => SignalAsync(signal, _process.Id);

    /// <summary>Sends a signal to any process.</summary>
    public static async Task SignalAsync(string signal, int pid)
    {
        using var kill = Process.Start("kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Sends it once more, late enough to count as another one, and waits for what it then prints.</summary>
    public async Task SignalAgainAsync(string signal, string text)
    {
        // Within a second after the first it does not count.
        await Task.Delay(TimeSpan.FromSeconds(1.1));
        await SignalAsync(signal);
        await LineAsync(text);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _output.Append(line).Append('\n');
            _lines.Writer.TryWrite(line);
        }

        _lines.Writer.Complete();
    }
}
