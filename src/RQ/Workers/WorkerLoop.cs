using System.Threading.Channels;
using RQ.Diagnostics;
using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>
/// The worker's loop: settle what has ended, take what fits, start it; when there is nothing to take, wait. Settling and
/// taking share a round trip. The loop alone takes, settles and
/// counts what runs; executions report to it over a channel.
/// </summary>
internal sealed class WorkerLoop : IAsyncDisposable
{
    private static readonly TimeSpan s_suspendedPoll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_retryPause = TimeSpan.FromMilliseconds(500);

    private readonly WorkerSetup _setup;
    private readonly RunningExecutions _running;
    private readonly Registration _registration;
    private readonly Executors _executors;
    private readonly Settler _settler;
    private readonly IdleWait _idle;
    private readonly Channel<EndedExecution> _ended = Channel.CreateUnbounded<EndedExecution>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<EndedExecution> _unsettled = [];
    private readonly CancellationTokenSource _shutdown = new();
    private bool _mayHaveMore = true;
    private bool _answerWasLost;
    private bool _isSuspended;
    private bool _isAway;
    private long _count;

    public WorkerLoop(WorkerSetup setup, RunningExecutions running, Registration registration, Executors executors)
    {
        _setup = setup;
        _running = running;
        _registration = registration;
        _executors = executors;
        executors.ReportTo(End);
        _settler = new Settler(setup);
        _idle = new IdleWait(setup, registration);
    }

    private RqConnection Rq => _setup.Connection;

    private int FreeSlots => _setup.Options.Concurrency - _running.Count;

    /// <summary>Works until told to stop, or until nothing is left for a burst worker. All its executions have ended then.</summary>
    /// <returns>How many executions it ran.</returns>
    public async Task<long> RunAsync(CancellationToken stopping, CancellationToken abort)
    {
        try
        {
            while (!stopping.IsCancellationRequested && !abort.IsCancellationRequested)
            {
                if (!await GuardAsync(() => StepAsync(stopping, abort)).ConfigureAwait(false))
                    break;
            }
        }
        catch (WorkerNameTakenException)
        {
            // Another run has the name and has recovered what runs here: it counts for nothing any more.
            foreach (RunningExecution running in _running.All)
                running.Lose();
            throw;
        }

        bool wasAsked = stopping.IsCancellationRequested || abort.IsCancellationRequested;
        if (wasAsked)
        {
            Log.WarmShutdown(_setup.Log, _setup.Name, Environment.ProcessId);
            // What the jobs do then runs elsewhere.
            _ = _shutdown.CancelAsync();
        }

        await FinishRunningAsync(abort).ConfigureAwait(false);
        if (wasAsked)
            Log.StoppingOnRequest(_setup.Log, _setup.Name);
        else
            Log.WorkerDone(_setup.Log, _setup.Name);
        return _count;
    }

    public async ValueTask DisposeAsync()
    {
        await _idle.DisposeAsync().ConfigureAwait(false);
        _shutdown.Dispose();
    }

    /// <summary>One step; a lost connection makes it a failed one, after a pause. Returns whether there is a next.</summary>
    private async Task<bool> GuardAsync(Func<Task<bool>> step)
    {
        try
        {
            bool goesOn = await step().ConfigureAwait(false);
            if (_isAway)
                Log.ConnectionRestored(_setup.Log, _setup.Name);
            _isAway = false;
            return goesOn;
        }
        catch (Exception exception) when (exception is not WorkerNameTakenException)
        {
            // Whatever it was must not end the worker while its jobs run: it says so and tries again.
            if (!_isAway && ConnectionLoss.Is(exception))
                Log.ConnectionLost(_setup.Log, exception, _setup.Name);
            else if (!_isAway)
                Log.StepFailed(_setup.Log, exception, _setup.Name);
            _isAway = true;
            _answerWasLost = true;
            _mayHaveMore = true;
            await Task.Delay(s_retryPause, _setup.Time).ConfigureAwait(false);
            return true;
        }
    }

    private async Task<bool> StepAsync(CancellationToken stopping, CancellationToken abort)
    {
        if (_answerWasLost)
            await ResumeAsync(Start).ConfigureAwait(false);

        CollectEnded();
        bool settled = _unsettled.Count > 0;
        Task settling = SettleAsync();
        bool wasLimited;
        try
        {
            wasLimited = _mayHaveMore && FreeSlots > 0 && await TakeAsync().ConfigureAwait(false);
        }
        finally
        {
            await settling.ConfigureAwait(false);
        }

        // The server counts executions of ours that we do not know: then there are some to be resumed.
        _answerWasLost |= wasLimited && !settled;

        if (_isSuspended)
            return await WhileSuspendedAsync(stopping, abort).ConfigureAwait(false);
        if (settled || (_mayHaveMore && FreeSlots > 0))
            return true;
        if (FreeSlots <= 0)
            await NextEndAsync(stopping, abort).ConfigureAwait(false);
        else if (!_setup.Options.Burst)
            await WaitForJobsAsync(stopping, abort).ConfigureAwait(false);
        else if (_running.Count == 0 && !_ended.Reader.TryPeek(out _))
            return false;
        else
            await NextEndAsync(stopping, abort).ConfigureAwait(false);
        return true;
    }

    private void CollectEnded()
    {
        while (_ended.Reader.TryRead(out EndedExecution? ended))
        {
            _running.Remove(ended.Execution);
            _unsettled.Add(ended);
        }
    }

    /// <summary>Settles what is collected. The calls are sent before this method returns its task, so that a take comes behind them.</summary>
    private async Task SettleAsync()
    {
        if (_unsettled.Count == 0)
            return;
        EndedExecution[] ended = [.. _unsettled];
        bool mayHaveQueued = await _settler.SettleAsync(ended, _running.OldestJobId).ConfigureAwait(false);
        _unsettled.RemoveRange(0, ended.Length);
        if (mayHaveQueued)
            _mayHaveMore = true;
    }

    /// <summary>Takes as many as fit.</summary>
    /// <returns>Whether the server allowed none because it counts more executions of this worker than this worker does.</returns>
    private async Task<bool> TakeAsync()
    {
        string[] ids = ExecutionIds.New(Math.Min(FreeSlots, Take.Bite));
        ScriptCall call = Take.Call(Rq, _setup.Name, _setup.Incarnation, _setup.Queues, _setup.Options.Concurrency, ids);
        Take.Answer answer = Take.Read(Rq, _setup.Name, _setup.Queues, await Rq.ExecuteAsync(call).ConfigureAwait(false));
        _mayHaveMore = answer.HasMore || answer.IsLimited || answer.Executions.Count == ids.Length;
        await AcceptAsync(answer).ConfigureAwait(false);
        return answer.IsLimited && answer.Executions.Count == 0;
    }

    private async Task AcceptAsync(Take.Answer answer)
    {
        if (answer.Dropped > 0)
            Log.IdsDropped(_setup.Log, _setup.Name, answer.Dropped);
        foreach (Execution execution in answer.Executions)
            Start(execution);
        if (answer.IsUnregistered)
        {
            await _registration.RenewAsync().ConfigureAwait(false);
            _mayHaveMore = true;
        }

        _idle.Paused = answer.Paused;
        if (answer.IsSuspended && !_isSuspended)
            Log.Suspended(_setup.Log, _setup.Name);
        if (!answer.IsSuspended && _isSuspended)
        {
            Log.Resumed(_setup.Log, _setup.Name);
            if (_running.Count == 0)
                await WorkerRecord.SetStateAsync(Rq, _setup.Name, "idle").ConfigureAwait(false);
        }

        _isSuspended = answer.IsSuspended;
    }

    /// <summary>After a lost answer: finds the executions that the server says are ours and that we have never heard of.</summary>
    private async Task ResumeAsync(Action<Execution> found)
    {
        await _registration.RenewAsync().ConfigureAwait(false);
        ScriptCall call = Take.ResumeCall(Rq, _setup.Name, _setup.Incarnation, _setup.Queues);
        Take.Answer answer = Take.Read(Rq, _setup.Name, _setup.Queues, await Rq.ExecuteAsync(call).ConfigureAwait(false));
        CollectEnded();
        foreach (Execution execution in answer.Executions)
        {
            bool isKnown = _running.Contains(execution.Id) || _unsettled.Exists(ended => ended.Execution.Id == execution.Id);
            if (!isKnown)
                found(execution);
        }

        _answerWasLost = answer.IsUnregistered;
    }

    private void Start(Execution execution)
    {
        _count++;
        Log.JobStarts(_setup.Log, execution, _setup.Options.LogJobDescription);
        var running = new RunningExecution(execution, _shutdown.Token);
        _running.Add(running);
        _executors.Start(running);
    }

    private void End(RunningExecution running, Outcome outcome)
    {
        if (running.TryEnd())
            Report(running, outcome);
    }

    private void GiveBack(Execution execution) => _unsettled.Add(new EndedExecution(execution, new Outcome.GivenBack()));

    private void Report(RunningExecution running, Outcome outcome)
    {
        Execution execution = running.Execution;
        execution.EndedAt = _setup.Time.GetUtcNow();
        try
        {
            if (outcome is Outcome.Finished)
                Log.JobCompleted(_setup.Log, execution, _setup.Name);
        }
        finally
        {
            _ended.Writer.TryWrite(new EndedExecution(execution, outcome));
        }
    }

    private async Task NextEndAsync(CancellationToken stopping, CancellationToken abort)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, abort);
        try
        {
            await _ended.Reader.WaitToReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop looks at both tokens itself.
        }
    }

    /// <summary>Waits for a job to be pushed; meanwhile settles what ends, without disturbing the wait.</summary>
    private async Task WaitForJobsAsync(CancellationToken stopping, CancellationToken abort)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, abort);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration onStop = either.Token.Register(() => stop.TrySetResult());
        Task<Task<Take.Answer?>> wake = _idle.BeginAsync(FreeSlots);
        // Nothing tells that a pause is over.
        Task look = _idle.Paused.Count > 0 ? Task.Delay(s_suspendedPoll, _setup.Time, either.Token) : stop.Task;
        Take.Answer? started = null;
        try
        {
            while (true)
            {
                Task<bool> end = _ended.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
                if (await Task.WhenAny(wake, stop.Task, look, end).ConfigureAwait(false) != end || wake.IsCompleted)
                    break;
                CollectEnded();
                await SettleAsync().ConfigureAwait(false);
            }

            // What woke it starts at once; only then are the other pops let go.
            if (wake.IsCompleted && !either.Token.IsCancellationRequested && await wake.ConfigureAwait(false) is { IsCompletedSuccessfully: true } woken)
            {
                started = await woken.ConfigureAwait(false);
                if (started is not null)
                    await AcceptAsync(started).ConfigureAwait(false);
            }
        }
        finally
        {
            await EndWaitAsync(started, either.Token.IsCancellationRequested).ConfigureAwait(false);
        }
    }

    private async Task EndWaitAsync(Take.Answer? started, bool isStopping)
    {
        var taken = new List<Take.Answer>();
        try
        {
            await _idle.EndAsync(taken).ConfigureAwait(false);
        }
        finally
        {
            _mayHaveMore = true;
            foreach (Take.Answer answer in taken.Where(each => each != started))
            {
                if (isStopping)
                {
                    foreach (Execution execution in answer.Executions)
                        GiveBack(execution);
                }
                else
                {
                    await AcceptAsync(answer).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task<bool> WhileSuspendedAsync(CancellationToken stopping, CancellationToken abort)
    {
        // As in RQ: a burst worker does not wait for the end of a suspension.
        if (_setup.Options.Burst && _running.Count == 0)
            return false;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, abort);
        await WorkerRecord.SetStateAsync(Rq, _setup.Name, "suspended").ConfigureAwait(false);
        Task<bool> end = _ended.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        await Task.WhenAny(end, Task.Delay(s_suspendedPoll, _setup.Time, either.Token)).ConfigureAwait(false);
        _mayHaveMore = true;
        return true;
    }

    /// <summary>
    /// Stopping: waits for what runs, as long as it may, then gives it back. Settles everything; a server that is away is
    /// waited for only a short time, since other workers recover what this one cannot settle.
    /// </summary>
    private async Task FinishRunningAsync(CancellationToken abort)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(abort);
        if (_setup.Options.ShutdownGrace != Timeout.InfiniteTimeSpan)
            over.CancelAfter(_setup.Options.ShutdownGrace);
        int failures = 0;
        while (failures < 3)
        {
            if (over.IsCancellationRequested)
                await GiveBackRunningAsync().ConfigureAwait(false);
            CollectEnded();
            if (_unsettled.Count == 0 && !_answerWasLost)
            {
                if (_running.Count == 0)
                    return;
                await NextEndAsync(over.Token, abort).ConfigureAwait(false);
                continue;
            }

            bool settled = await GuardAsync(async () =>
            {
                if (_answerWasLost)
                    await ResumeAsync(GiveBack).ConfigureAwait(false);
                await SettleAsync().ConfigureAwait(false);
                return false;
            }).ConfigureAwait(false) == false;
            if (settled || _running.Count > 0)
                failures = 0;
            else
                failures++;
        }
    }

    private async Task GiveBackRunningAsync()
    {
        if (_running.Count > 0)
            Log.ColdShutdown(_setup.Log, _setup.Name, _running.Count);
        var ended = new List<(RunningExecution Running, Outcome Outcome)>();
        foreach (RunningExecution running in _running.All.OrderBy(each => each.Execution.CreatedAt))
        {
            // From here on it cannot be stopped any more. What somebody stopped must not be run again, even if it has not heeded
            // that yet, or its stopped callback still runs.
            running.TryClaim(out bool wasStopped);
            if (!running.TryEnd())
                continue;
            running.Cancel();
            ended.Add((running, wasStopped ? new Outcome.Stopped(new Failure(Failure.StoppedText)) : new Outcome.GivenBack()));
        }

        // Nobody may take a job that still runs in a process that can be ended.
        await Task.WhenAll(ended.Select(each => each.Running.KillAsync())).ConfigureAwait(false);
        foreach ((RunningExecution running, Outcome outcome) in ended)
            Report(running, outcome);
    }
}
