using System.Diagnostics;
using System.Runtime.InteropServices;
using RQ.Executions;
using RQ.Workers;

namespace RQ.WorkHorses;

/// <summary>What a work horse does: it runs one execution after the other, as its worker tells it.</summary>
internal sealed class HorseLoop : IDisposable
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
    private volatile RunningExecution? _running;
    private volatile bool _isStopping;
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
        _link.ReceiveBy(Receive);
        using CancellationTokenRegistration onStop = stopping.Register(Stop);
        await Task.WhenAny(_link.Left, _stopped.Task).ConfigureAwait(false);
        return Interlocked.Read(ref _count);
    }

    public void Dispose()
    {
        _threads.Dispose();
        _shutdown.Dispose();
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
                Signal((HorseSignal)frame.Body[0]);
                break;
        }
    }

    private void Begin(Execution execution, Action<RunningExecution> run)
    {
        Interlocked.Increment(ref _count);
        var running = new RunningExecution(execution, _shutdown.Token);
        _running = running;
        Environment.SetEnvironmentVariable("RQ_JOB_ID", execution.JobId);
        _threads.Post(() => run(running));
    }

    private void Signal(HorseSignal signal)
    {
        switch (signal)
        {
            case HorseSignal.Stop:
                _running?.TryStop();
                break;
            case HorseSignal.Lose:
                _running?.Lose();
                break;
            case HorseSignal.Shutdown:
                _ = _shutdown.CancelAsync();
                break;
        }
    }

    private void End(RunningExecution running, Outcome outcome)
    {
        if (!running.TryEnd())
            return;
        _output.Finish();
        _errors.Finish();
        _running = null;
        var frame = new OutcomeFrame(outcome, _reports.IsDirty, Environment.WorkingSet);
        _link.Channel.Send(HorseMessage.Ended, frame.Write);
        if (_isStopping)
            _stopped.TrySetResult();
    }

    private void Stop()
    {
        _isStopping = true;
        if (_running is null)
            _stopped.TrySetResult();
    }

    // The job's own doing, as against a signal, which .NET answers by an exit too.
    private void SayExiting()
    {
        _output.Finish();
        _errors.Finish();
        int code = Environment.ExitCode;
        if (_running is not null && code is not (128 + 2 or 128 + 15))
            _link.Channel.Send(HorseMessage.Exiting, writer => writer.Write(code));
    }
}
