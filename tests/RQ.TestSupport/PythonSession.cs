using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace RQ.TestSupport;

/// <summary>
/// One Python process that runs many scripts, each in a thread and with variables of its own, so that a test may go on while
/// a script waits. See <see cref="PythonSide.StartSession"/>.
/// </summary>
public sealed class PythonSession : IAsyncDisposable
{
    // Reads one request a line, answers each on a line of its own when it has ended.
    internal const string Driver = """

        import linecache, threading, time, traceback
        replies, lock, scope = sys.stdout, threading.Lock(), dict(globals())
        sys.stdout = sys.stderr

        def run(number, script):
            name = '<script %d>' % number
            linecache.cache[name] = (len(script), None, script.splitlines(True), name)
            names = dict(scope)
            try:
                exec(compile(script, name, 'exec'), names)
                reply = json.dumps({'number': number, 'answer': names.get('answer')})
            except BaseException:
                reply = json.dumps({'number': number, 'error': traceback.format_exc()})
            with lock:
                replies.write(reply + '\n')
                replies.flush()

        for line in sys.stdin:
            threading.Thread(target=run, args=json.loads(line), daemon=True).start()
        """;

    private readonly Process _process;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _waiting = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Task _reading;
    private int _count;

    internal PythonSession(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        _process.BeginErrorReadLine();
        _reading = ReadAsync();
    }

    /// <summary>Runs a script, which finds the same names as in <see cref="PythonSide.RunAsync"/>.</summary>
    /// <exception cref="InvalidOperationException">The script failed: the message has its traceback.</exception>
    public Task RunAsync(string script) => AskAsync(script);

    /// <summary>Runs a script and gives what it has put into the variable <c>answer</c>; null when there is none.</summary>
    /// <exception cref="InvalidOperationException">The script failed: the message has its traceback.</exception>
    public async Task<JsonElement> AskAsync(string script)
    {
        int number = Interlocked.Increment(ref _count);
        var reply = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[number] = reply;
        if (_reading.IsCompleted)
            throw Ended();
        await _writing.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new object[] { number, script }));
            await _process.StandardInput.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }

        JsonElement answer = await reply.Task.WaitAsync(Eventually.Limit * 2);
        return answer.TryGetProperty("error", out JsonElement error)
            ? throw new InvalidOperationException(error.GetString())
            : answer.GetProperty("answer");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
        _writing.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            using JsonDocument reply = JsonDocument.Parse(line);
            if (_waiting.TryRemove(reply.RootElement.GetProperty("number").GetInt32(), out TaskCompletionSource<JsonElement>? waiting))
                waiting.TrySetResult(reply.RootElement.Clone());
        }

        foreach (TaskCompletionSource<JsonElement> waiting in _waiting.Values)
            waiting.TrySetException(Ended());
    }

    private InvalidOperationException Ended() => new("The Python session has ended: " + string.Join('\n', _errors));
}
