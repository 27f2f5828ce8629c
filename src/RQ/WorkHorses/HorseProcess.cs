using System.Diagnostics;
using RQ.Diagnostics;
using RQ.Workers;

namespace RQ.WorkHorses;

/// <summary>One work horse as its worker sees it.</summary>
internal sealed class HorseProcess
{
    private static readonly TimeSpan s_lastWords = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_hearing = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_countKillsEvery = TimeSpan.FromSeconds(1);

    private readonly WorkerSetup _setup;
    private readonly Process _process;
    private readonly long _startedAt;
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<HorseExit> _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<int> _exited;
    private volatile MemoryKills? _memoryKills;
    private long _countedKillsAt;
    private readonly LinePump _output;
    private readonly LinePump _errors;
    private HorseChannel? _channel;
    private volatile HorseRun? _run;
    private volatile string _jobId = "";
    private int? _announced;
    private volatile bool _isLeaving;

    private HorseProcess(WorkerSetup setup, Process process)
    {
        _setup = setup;
        _process = process;
        Id = process.Id;
        _startedAt = setup.Time.GetTimestamp();
        _exited = ExitAsync();
        process.StandardInput.Close();
        _output = new LinePump(process.StandardOutput, line => Log.JobOutput(setup.Log, Name, line));
        _errors = new LinePump(process.StandardError, line => Log.JobErrorOutput(setup.Log, Name, line));
    }

    public int Id { get; }

    /// <summary>How many executions it was given.</summary>
    public int Jobs { get; private set; }

    public TimeSpan Age => _setup.Time.GetElapsedTime(_startedAt);

    /// <summary>Ends when the process has ended and everything it had sent was received.</summary>
    public Task<HorseExit> Died => _died.Task;

    /// <summary>Whether it was told to leave: its end then is none to wonder at.</summary>
    public bool IsLeaving => _isLeaving;

    /// <summary>What it wrote past the console in this job, such as what the runtime says of a crash.</summary>
    public string LastErrors => _errors.Kept;

    /// <summary>The most resident memory so far, in bytes; <c>null</c> when that cannot be seen.</summary>
    public long? PeakMemory
    {
        get
        {
            try
            {
                _process.Refresh();
                return _process.PeakWorkingSet64 is > 0 and var peak ? peak : null;
            }
            catch (Exception)
            {
                // It has ended, or this user may not look.
                return null;
            }
        }
    }

    /// <summary>Whether the kernel has killed something for lack of memory where it ran, since its job began or a second before that.</summary>
    public bool WasMemoryShort => _memoryKills is { HasGrown: true };

    // What it writes before and between jobs has no job's name on it.
    private string Name => _jobId.Length > 0 ? _jobId : $"work-horse {Id}";

    /// <summary>Starts one and waits until it is ready for a job.</summary>
    /// <exception cref="RqException">It did not become ready; the message says why, and what it wrote.</exception>
    public static async Task<HorseProcess> StartAsync(WorkerSetup setup, HorseCommand command, HorseHello hello, CancellationToken cancellationToken)
    {
        using var listener = new HorseListener();
        Process process = command.Start(listener.Path);
        var horse = new HorseProcess(setup, process);
        TimeSpan limit = setup.Options.WorkHorses.StartTimeout;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(limit);
        try
        {
            ProcessTree.Current.Adopt(process);
            horse._channel = await horse.OrExitAsync(listener.AcceptAsync(over.Token)).ConfigureAwait(false);
            horse.Watch();
            await horse.SendAsync(HorseMessage.Hello, hello.Write).ConfigureAwait(false);
            await horse.OrExitAsync(horse._ready.Task.WaitAsync(over.Token)).ConfigureAwait(false);
            return horse;
        }
        catch (Exception exception)
        {
            bool ended = horse._exited.IsCompleted;
            if (!ended)
                ProcessTree.Current.Kill(process);
            int code = await horse._exited.ConfigureAwait(false);
            await horse.HearLastWordsAsync().ConfigureAwait(false);
            horse._channel?.Dispose();
            process.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            if (exception is not (OperationCanceledException or IOException))
                throw;
            if (ended && !OperatingSystem.IsWindows() && code is 128 + 9 or 128 + 15)
                throw new HorseKilledException($"The work horse was killed (exit code {code}) before it was ready. {horse.WhatItSaid()}");
            throw new RqException(ended
                ? $"The work horse ended with exit code {code} before it was ready. {horse.WhatItSaid()}"
                : $"The work horse was not ready within {limit.TotalSeconds:0} s (WorkHorseOptions.StartTimeout). It is this program, started again: it must come to " +
                    $"Worker.RunAsync of a worker with the same queues ({string.Join(", ", hello.Queues)}) and name, and WorkHorse.IsThisProcess tells it to leave out the rest. {horse.WhatItSaid()}");
        }
    }

    /// <summary>Gives it an execution; what it says from here on goes to the run.</summary>
    /// <exception cref="IOException">It is gone.</exception>
    public Task BeginAsync(HorseRun run, HorseMessage message, Action<BinaryWriter> body)
    {
        Jobs++;
        _run = run;
        _jobId = run.Running.Execution.JobId;
        _output.Begin();
        _errors.Begin();
        CountMemoryKills();
        return SendAsync(message, body);
    }

    /// <summary>The run is over. Lines that are still on their way keep its name.</summary>
    public void End() => _run = null;

    /// <summary>Tells an execution something; another one does not hear it. One that is gone need not know.</summary>
    public async Task SignalAsync(HorseSignal signal, string executionId)
    {
        try
        {
            await SendAsync(HorseMessage.Signal, writer =>
            {
                writer.Write((byte)signal);
                writer.Write(executionId);
            }).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Its end is seen elsewhere.
        }
    }

    /// <summary>Ends it and everything it has started, and returns when it is dead.</summary>
    public async Task KillAsync()
    {
        if (!_exited.IsCompleted)
            await Task.Run(() => ProcessTree.Current.Kill(_process)).ConfigureAwait(false);
        await _died.Task.ConfigureAwait(false);
    }

    /// <summary>Sends it away: it ends by itself, and is ended if it does not.</summary>
    public async Task LeaveAsync(string reason)
    {
        _isLeaving = true;
        Log.HorseLeaves(_setup.Log, _setup.Name, Id, reason);
        try
        {
            // One that stands still does not even take the message.
            await SendAsync(HorseMessage.Leave).WaitAsync(s_farewell, _setup.Time).ConfigureAwait(false);
            await Died.WaitAsync(s_farewell, _setup.Time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or TimeoutException)
        {
            await KillAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Of many short jobs not each pays for a look at files.</summary>
    private void CountMemoryKills()
    {
        if (_memoryKills is not null && _setup.Time.GetElapsedTime(_countedKillsAt) < s_countKillsEvery)
            return;
        _countedKillsAt = _setup.Time.GetTimestamp();
        _memoryKills = _memoryKills?.Again() ?? MemoryKills.Around(Id);
    }

    private Task SendAsync(HorseMessage message, Action<BinaryWriter>? body = null) => _channel!.SendAsync(message, body);

    private async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return _process.ExitCode;
    }

    /// <summary>One that ends at once is not waited for.</summary>
    private async Task<T> OrExitAsync<T>(Task<T> step)
    {
        if (await Task.WhenAny(step, _exited).ConfigureAwait(false) != step)
            throw new IOException("The work horse has ended.");
        return await step.ConfigureAwait(false);
    }

    private void Watch()
    {
        _ = EndAsync();
        new Thread(Receive) { IsBackground = true, Name = $"rq work horse {Id}" }.Start();
    }

    private void Receive()
    {
        WorkerThread.Mark();
        try
        {
            while (_channel!.Receive() is { } frame)
                Receive(frame);
        }
        catch (Exception exception)
        {
            // It speaks another language, or says more than there is memory for.
            Log.HorseMisunderstood(_setup.Log, exception, _setup.Name, Id);
        }

        _received.TrySetResult();
    }

    private void Receive(HorseFrame frame)
    {
        switch (frame.Message)
        {
            case HorseMessage.Ready:
                _ready.TrySetResult(true);
                break;
            case HorseMessage.WorkerLog:
                _ = frame.Read(reader =>
                {
                    HorseLog.Write(_setup.Log, reader);
                    return true;
                });
                break;
            case HorseMessage.Output:
                (bool isError, string line) = frame.Read(reader => (reader.ReadBoolean(), reader.ReadString()));
                if (isError)
                    Log.JobErrorOutput(_setup.Log, Name, line);
                else
                    Log.JobOutput(_setup.Log, Name, line);
                break;
            case HorseMessage.Exiting:
                _announced = frame.Read(reader => reader.ReadInt32());
                break;
            default:
                _run?.Receive(frame);
                break;
        }
    }

    // What it had sent before it ended still counts, so the end is told of when all is received. A connection that ends before the
    // process does is of no use any more; one that outlives it is held by something that it has started.
    private async Task EndAsync()
    {
        Task receiving = _received.Task;
        await Task.WhenAny(receiving, _exited).ConfigureAwait(false);
        if (await Task.WhenAny(_exited, Task.Delay(s_lastWords, _setup.Time)).ConfigureAwait(false) != _exited && !_isLeaving)
            ProcessTree.Current.Kill(_process);
        int code = await _exited.ConfigureAwait(false);
        // What a job has started does not outlive a crash of its process; what an orderly end leaves behind may be meant so.
        if (!_isLeaving)
            ProcessTree.Current.KillRest(Id);
        await Task.WhenAny(receiving, Task.Delay(s_lastWords, _setup.Time)).ConfigureAwait(false);
        await HearLastWordsAsync().ConfigureAwait(false);
        _channel!.Dispose();
        _died.TrySetResult(HorseExit.Of(code, _announced));
        await Task.WhenAll(receiving, _output.Completion, _errors.Completion).ConfigureAwait(false);
        _process.Dispose();
    }

    // Not to its end: what it has started may have inherited its output and live on.
    private async Task HearLastWordsAsync() =>
        await Task.WhenAny(Task.WhenAll(_output.Completion, _errors.Completion), Task.Delay(s_hearing, _setup.Time)).ConfigureAwait(false);

    private string WhatItSaid()
    {
        string said = string.Join('\n', new[] { _output.Kept, _errors.Kept }.Where(text => text.Length > 0));
        return said.Length > 0 ? $"It wrote:\n{said}" : "It wrote nothing.";
    }
}
