using System.Runtime.ExceptionServices;
using RQ.Diagnostics;
using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ.Workers;

/// <summary>
/// The worker's loop: settle what has ended, take what fits, start it; when there is nothing to take, wait. Settling and
/// taking share a round trip. The loop alone takes, settles and counts what runs; executions report to it over a channel.
/// </summary>
internal sealed class WorkerLoop : IAsyncDisposable
{
    private static readonly TimeSpan s_suspendedPoll = TimeSpan.FromSeconds(1);

    private readonly WorkerSetup _setup;
    private readonly RunningExecutions _running;
    private readonly Registration _registration;
    private readonly Executors _executors;
    private readonly WorkerLimits _limits;
    private readonly EndedExecutions _ended;
    private readonly QueueOrder _order;
    private readonly IdleWait _idle;
    private readonly StepGuard _guard;
    private readonly CancellationTokenSource _shutdown = new();
    private Exception? _finalError;
    private bool _mayHaveMore = true;
    private bool _answerWasLost;
    private bool _isSuspended;

    public WorkerLoop(WorkerSetup setup, RunningExecutions running, Registration registration, Executors executors)
    {
        _setup = setup;
        _running = running;
        _registration = registration;
        _limits = new WorkerLimits(setup);
        _ended = new EndedExecutions(setup, running, _limits);
        _order = new QueueOrder(setup.Queues, setup.Options, new Random());
        _executors = executors;
        executors.ReportTo(End);
        _idle = new IdleWait(setup, registration, _order);
        _guard = new StepGuard(setup);
    }

    private RqConnection Rq => _setup.Connection;

    private int FreeSlots => Math.Min(_setup.Options.Concurrency - _running.Count, _limits.Remaining);

    /// <summary>Works until told to stop, or until nothing is left for a burst worker, or a limit is reached. All its executions have ended then.</summary>
    /// <returns>How many executions it ran.</returns>
    public async Task<long> RunAsync(CancellationToken stopping, CancellationToken abort)
    {
        using var pool = new PoolWatch(_setup);
        // Jobs learn of it at once, whatever the current step waits for.
        using CancellationTokenRegistration onStop = stopping.Register(SignalShutdown);
        using CancellationTokenRegistration onAbort = abort.Register(SignalShutdown);
        bool wasAsked;
        try
        {
            while (!stopping.IsCancellationRequested && !abort.IsCancellationRequested && _guard.FinalError is null)
            {
                if (await GuardAsync(() => StepAsync(stopping, abort)).ConfigureAwait(false) == false)
                    break;
            }

            wasAsked = stopping.IsCancellationRequested || abort.IsCancellationRequested;
            await CompleteAsync(wasAsked, abort).ConfigureAwait(false);
        }
        catch (WorkerNameTakenException)
        {
            // Another run has the name and has recovered what runs here: it counts for nothing any more.
            foreach (RunningExecution running in _running.All)
                running.Lose();
            throw;
        }

        if (_finalError is not null)
            ExceptionDispatchInfo.Throw(_finalError);
        if (wasAsked)
            Log.StoppingOnRequest(_setup.Log, _setup.Name);
        return _limits.Count;
    }

    private async Task CompleteAsync(bool wasAsked, CancellationToken abort)
    {
        // Settling what is left may go well again.
        _finalError = _guard.FinalError;
        if (wasAsked)
            Log.WarmShutdown(_setup.Log, _setup.Name, Environment.ProcessId);
        if (_finalError is not null)
            SignalShutdown();
        var shutdown = new WorkerShutdown(_setup, _running, _ended);
        await shutdown.CompleteAsync(wasAsked, () => !_ended.HasUnsettled && !_answerWasLost, SettleLastAsync, abort).ConfigureAwait(false);
    }

    /// <summary>What the jobs do then runs elsewhere.</summary>
    private void SignalShutdown() => _ = _shutdown.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _idle.DisposeAsync().ConfigureAwait(false);
        _shutdown.Dispose();
    }

    /// <summary>One step. Of a failed one it is not known what the server has done.</summary>
    private async Task<bool?> GuardAsync(Func<Task<bool>> step)
    {
        bool? answer = await _guard.RunAsync(step).ConfigureAwait(false);
        _answerWasLost |= answer is null;
        _mayHaveMore |= answer is null;
        return answer;
    }

    private async Task<bool> StepAsync(CancellationToken stopping, CancellationToken abort)
    {
        if (_answerWasLost)
            await ResumeAsync(Start).ConfigureAwait(false);

        _ended.Collect();
        // What is put back for workers that know its function is not asked for again at once: those who wait for it have their turn.
        if (_ended.LeavesToOthers)
            _mayHaveMore = false;
        bool settled = _ended.HasUnsettled;
        // What has ended may have enqueued others while a free slot found nothing.
        if (settled && _setup.Options.Burst)
            _mayHaveMore = true;
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

        if (settled || (_mayHaveMore && FreeSlots > 0 && !_isSuspended))
            return true;
        if (_limits.IsReached && IsIdle)
        {
            Log.MaxJobsReached(_setup.Log, _setup.Name, _limits.Count);
            return false;
        }

        if (_isSuspended)
            return await WhileSuspendedAsync(stopping, abort).ConfigureAwait(false);
        if (FreeSlots > 0 && !_setup.Options.Burst)
            return await WaitForJobsAsync(stopping, abort).ConfigureAwait(false);
        if (FreeSlots > 0 && IsIdle && _ended.LookAgain())
        {
            _mayHaveMore = true;
            return true;
        }

        if (FreeSlots > 0 && IsIdle)
        {
            Log.WorkerDone(_setup.Log, _setup.Name);
            return false;
        }

        await NextEndAsync(stopping, abort).ConfigureAwait(false);
        return true;
    }

    private bool IsIdle => _running.Count == 0 && !_ended.HasReported;

    private async Task SettleAsync()
    {
        if (await _ended.SettleAsync().ConfigureAwait(false))
            _mayHaveMore = true;
    }

    /// <summary>The same when nothing is taken any more. Returns whether it went well.</summary>
    private async Task<bool> SettleLastAsync() => await GuardAsync(async () =>
    {
        if (_answerWasLost)
            await ResumeAsync(_ended.GiveBack).ConfigureAwait(false);
        await SettleAsync().ConfigureAwait(false);
        return true;
    }).ConfigureAwait(false) == true;

    /// <summary>Takes as many as fit.</summary>
    /// <returns>Whether the server allowed none because it counts more executions of this worker than this worker does.</returns>
    private async Task<bool> TakeAsync()
    {
        string[] ids = ExecutionIds.New(Math.Min(FreeSlots, Take.Bite));
        TakeOrder order = _order.Next(ids.Length).Without(_ended.LeftOut);
        if (order.Queues.Count == 0)
        {
            _mayHaveMore = false;
            return false;
        }

        ScriptCall call = Take.Call(Rq, _setup.Name, _setup.Incarnation, order, _running.Count + FreeSlots, ids);
        Take.Answer answer = Take.Read(Rq, _setup.Name, order.Queues, await Rq.ExecuteAsync(call).ConfigureAwait(false));
        _mayHaveMore = answer.HasMore || answer.IsLimited || answer.Executions.Count == ids.Length;
        await AcceptAsync(answer).ConfigureAwait(false);
        return answer.IsLimited && answer.Executions.Count == 0;
    }

    private async Task AcceptAsync(Take.Answer answer)
    {
        if (answer.Dropped > 0)
            Log.IdsDropped(_setup.Log, _setup.Name, answer.Dropped);
        if (answer.LastQueue is { } queue)
            _order.Took(queue);
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
            _limits.StartIdleTime();
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
        _ended.Collect();
        foreach (Execution execution in answer.Executions)
        {
            if (!_running.Contains(execution.Id) && !_ended.IsUnsettled(execution.Id))
                found(execution);
        }

        _answerWasLost = answer.IsUnregistered;
    }

    private void Start(Execution execution)
    {
        // Two waits that ended together may have taken one more than was left.
        if (_limits.IsReached)
        {
            _ended.GiveBack(execution);
            return;
        }

        _limits.Begin();
        Log.JobStarts(_setup.Log, execution, _setup.Options.LogJobDescription);
        var running = new RunningExecution(execution, _shutdown.Token);
        _running.Add(running);
        _executors.Start(running);
    }

    private void End(RunningExecution running, Outcome outcome)
    {
        if (running.TryEnd())
            _ended.Report(running, outcome);
    }

    private async Task NextEndAsync(CancellationToken stopping, CancellationToken abort)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, abort);
        _setup.Pulse.WaitsForJobs = true;
        try
        {
            await _ended.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop looks at both tokens itself.
        }

        _setup.Pulse.WaitsForJobs = false;
    }

    /// <summary>Waits for a job to be pushed; meanwhile settles what ends, without disturbing the wait.</summary>
    /// <returns>Whether the worker goes on: it has not been idle for too long.</returns>
    private async Task<bool> WaitForJobsAsync(CancellationToken stopping, CancellationToken abort)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, abort);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration onStop = either.Token.Register(() => stop.TrySetResult());
        using var timers = CancellationTokenSource.CreateLinkedTokenSource(either.Token);
        Task<Task<Take.Answer?>> wake = _idle.BeginAsync(FreeSlots, _running.Count + FreeSlots);
        // Nothing tells that a pause is over.
        Task look = _idle.Paused.Count > 0 ? Task.Delay(s_suspendedPoll, _setup.Time, timers.Token) : stop.Task;
        Task idle = stop.Task;
        Take.Answer? started = null;
        try
        {
            while (true)
            {
                if (IsIdle && _limits.UntilIdleTooLong is { } left)
                    idle = Task.Delay(left, _setup.Time, timers.Token);
                Task<bool> end = _ended.WaitAsync();
                if (await Task.WhenAny(wake, stop.Task, look, idle, end).ConfigureAwait(false) != end || wake.IsCompleted)
                    break;
                _ended.Collect();
                await SettleAsync().ConfigureAwait(false);
            }

            // What woke it starts at once; only then are the other pops let go.
            if (wake.IsCompleted && !either.IsCancellationRequested && await wake.ConfigureAwait(false) is { IsCompletedSuccessfully: true } woken)
            {
                started = await woken.ConfigureAwait(false);
                if (started is not null)
                    await AcceptAsync(started).ConfigureAwait(false);
            }
        }
        finally
        {
            await timers.CancelAsync().ConfigureAwait(false);
            await EndWaitAsync(started, either.IsCancellationRequested).ConfigureAwait(false);
        }

        if (!idle.IsCompletedSuccessfully || either.IsCancellationRequested || !IsIdle)
            return true;
        Log.IdleTooLong(_setup.Log, _setup.Name, RqTime.Seconds(_setup.Options.MaxIdleTime!.Value));
        return false;
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
                        _ended.GiveBack(execution);
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
        if (_setup.Options.Burst && IsIdle)
        {
            Log.SuspendedInBurst(_setup.Log, _setup.Name);
            return false;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, abort);
        await WorkerRecord.SetStateAsync(Rq, _setup.Name, "suspended").ConfigureAwait(false);
        await Task.WhenAny(_ended.WaitAsync(), Task.Delay(s_suspendedPoll, _setup.Time, either.Token)).ConfigureAwait(false);
        _mayHaveMore = true;
        return true;
    }
}
