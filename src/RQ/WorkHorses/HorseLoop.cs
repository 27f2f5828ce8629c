using System.Diagnostics;
using System.Runtime.InteropServices;
using RQ.Executions;
using RQ.Workers;

namespace RQ.WorkHorses;

/// <summary>What a work horse does: it runs one execution after the other, as its worker tells it.</summary>
#pragma warning disable CA2213 // See Dispose.
internal sealed class HorseLoop : IDisposable
#pragma warning restore CA2213
{
    private readonly HorseLink _link;
    private readonly WorkerSetup _setup;
    private readonly HorseReports _reports;
    private readonly JobThreads _threads;
    private readonly ExecutionRunner _runner;
    private readonly HorseConsole _output;
    private readonly HorseConsole _errors;
    private readonly CancellationTokenSource _shutdown = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private RunningExecution? _running;
    private bool _isStopping;
    private long _count;

    /// <param name="link">The connection to the worker.</param>
    /// <param name="worker">The worker as this program has made it; it does not run here.</param>
    public HorseLoop(HorseLink link, WorkerSetup worker)
    {
        _link = link;
        HorseHello hello = link.Hello;
        _reports = new HorseReports(link.Channel);
        _setup = new WorkerSetup(worker.Connection, hello.WorkerName, worker.Queues, worker.Options, new HorseLog(link.Channel, hello.Level)) { Reports = _reports };
        _threads = new JobThreads(hello.WorkerName);
        _runner = new ExecutionRunner(_setup, End, _threads);
        _output = new HorseConsole(link.Channel, isError: false);
        _errors = new HorseConsole(link.Channel, isError: true);
    }

    /// <summary>Works until the worker sends it away, or until the program is told to stop and the job has ended.</summary>
    /// <returns>How many executions it ran.</returns>
    public async Task<long> RunAsync(CancellationToken stopping)
    {
        Console.SetOut(_output);
        Console.SetError(_errors);
        Environment.SetEnvironmentVariable("RQ_WORKER_ID", _setup.Name);
        // Ctrl-C reaches everything in the terminal; what it means for jobs is the worker's to decide.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => SayExiting();
        _setup.Options.Functions.Prepare();
        await HorseWarmUp.RunAsync(_setup, _threads).ConfigureAwait(false);
        _link.ReceiveBy(Receive);
        using CancellationTokenRegistration onStop = stopping.Register(Stop);
        await Task.WhenAny(_link.Left, _stopped.Task).ConfigureAwait(false);
        return Interlocked.Read(ref _count);
    }

    public void Dispose()
    {
        // Not the source of the shutdown: an execution that comes at the last moment still asks for its token.
        _threads.Dispose();
        _output.Dispose();
        _errors.Dispose();
    }

    private void Receive(HorseFrame frame)
    {
        switch (frame.Message)
        {
            case HorseMessage.Run:
                Begin(frame.Read(reader => HorseTask.Read(reader, _setup.Name)), running => _ = _runner.RunAsync(running));
                break;
            case HorseMessage.Conclude:
                (Execution execution, Exception? exception) = frame.Read(reader => (HorseTask.Read(reader, _setup.Name), DeathNote.Read(reader)));
                Begin(execution, running => _ = _runner.ConcludeAsync(running, exception));
                break;
            case HorseMessage.Signal:
                (HorseSignal signal, string id) = frame.Read(reader => ((HorseSignal)reader.ReadByte(), reader.ReadString()));
                Signal(signal, id);
                break;
        }
    }

    private void Begin(Execution execution, Action<RunningExecution> run)
    {
        var running = new RunningExecution(execution, _shutdown.Token);
        lock (_lock)
        {
            // Told to end while the job was on its way: nothing of it was called, so the worker has it run elsewhere.
            if (_isStopping)
                return;
            _running = running;
        }

        Interlocked.Increment(ref _count);
        _reports.Begin();
        Environment.SetEnvironmentVariable("RQ_JOB_ID", execution.JobId);
        _threads.Post(() => run(running));
    }

    // One that is late must not hit what came after.
    private void Signal(HorseSignal signal, string executionId)
    {
        if (signal == HorseSignal.Shutdown)
        {
            _ = _shutdown.CancelAsync();
            return;
        }

        RunningExecution? running;
        lock (_lock)
            running = _running;
        if (running?.Execution.Id != executionId)
            return;
        if (signal == HorseSignal.Stop)
            running.TryStop();
        else
            running.Lose();
    }

    private void End(RunningExecution running, Outcome outcome)
    {
        if (!running.TryEnd())
            return;
        _output.Finish();
        _errors.Finish();
        bool isLeaving;
        lock (_lock)
            isLeaving = _isStopping;
        var frame = new OutcomeFrame(outcome, _reports.IsDirty, isLeaving, _link.Hello.Memory ? Environment.WorkingSet : 0);
        _link.Channel.Send(HorseMessage.Ended, frame.Write);
        lock (_lock)
        {
            // The next one may be here already. Until here this one counts: a stop must not end the process in the middle of what it says.
            if (_running == running)
                _running = null;
            isLeaving = _isStopping && _running is null;
        }

        if (isLeaving)
            _stopped.TrySetResult();
    }

    private void Stop()
    {
        lock (_lock)
        {
            _isStopping = true;
            if (_running is not null)
                return;
        }

        _stopped.TrySetResult();
    }

    // The job's own doing, as against a signal, which .NET answers by an exit too.
    private void SayExiting()
    {
        _output.Finish();
        _errors.Finish();
        int code = Environment.ExitCode;
        bool isBusy;
        lock (_lock)
            isBusy = _running is not null;
        if (isBusy && code is not (128 + 2 or 128 + 15))
            _link.Channel.Send(HorseMessage.Exiting, writer => writer.Write(code));
    }
}
