using System.Runtime.ExceptionServices;
using RQ.Diagnostics;
using RQ.Executions;
using RQ.Redis.Transitions;

namespace RQ.Workers;

/// <summary>
/// The worker's loop: settle what has ended, take what fits, start it; when there is nothing to take, wait. Settling and
/// taking share a round trip, and two of them may be on their way. The loop alone takes, settles and counts what runs; executions
/// report to it.
/// </summary>
internal sealed class WorkerLoop : IAsyncDisposable
{
    private static readonly TimeSpan s_suspendedPoll = TimeSpan.FromSeconds(1);

    private readonly WorkerSetup _setup;
    private readonly RunningExecutions _running;
    private readonly WorkerLimits _limits;
    private readonly EndedExecutions _ended;
    private readonly StepsInFlight _steps;
    private readonly Intake _intake;
    private readonly IdleWait _wait;
    private readonly IdleTurn _idle;
    private readonly StepGuard _guard;
    private readonly CancellationTokenSource _shutdown = new();
    private Exception? _finalError;
    private bool _answerWasLost;

    public WorkerLoop(WorkerSetup setup, RunningExecutions running, Registration registration, Executors executors)
    {
        _setup = setup;
        _running = running;
        _limits = new WorkerLimits(setup);
        _ended = new EndedExecutions(setup, running, _limits);
        executors.ReportTo(End);
        var order = new QueueOrder(setup.Queues, setup.Options, new Random());
        _steps = new StepsInFlight(setup, running, _ended, _limits, order);
        _intake = new Intake(setup, running, _ended, _limits, order, registration, executors, _shutdown.Token);
        _wait = new IdleWait(setup, registration, order);
        _idle = new IdleTurn(setup, running, _ended, _limits, _intake, _wait);
        _guard = new StepGuard(setup, new Random());
    }

    /// <summary>Whether the server may list executions as ours that we have never heard of, or not started.</summary>
    private bool MustResume => _answerWasLost || _intake.IsInDoubt;

    /// <summary>Works until told to stop, or until nothing is left for a burst worker, or a limit is reached. All its executions have ended then.</summary>
    /// <returns>How many executions it ran.</returns>
    public async Task<long> RunAsync(CancellationToken stopping, CancellationToken abort)
    {
        using var pool = new PoolWatch(_setup);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, abort);
        // Jobs learn of it at once, whatever the current step waits for.
        using CancellationTokenRegistration onStop = either.Token.Register(SignalShutdown);
        bool wasAsked;
        try
        {
            while (!either.IsCancellationRequested && _guard.FinalError is null)
            {
                if (await GuardAsync(() => StepAsync(either.Token)).ConfigureAwait(false) == false)
                    break;
            }

            wasAsked = either.IsCancellationRequested;
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
        _intake.IsClosed = true;
        var shutdown = new WorkerShutdown(_setup, _running, _ended);
        await shutdown.CompleteAsync(
            wasAsked, () => !_ended.HasUnsettled && !MustResume && _steps.Count == 0, SettleLastAsync, abort).ConfigureAwait(false);
        // What is left of them others do.
        await _ended.FollowUps.CompleteAsync().WaitAsync(abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>What the jobs do then runs elsewhere.</summary>
    private void SignalShutdown() => _ = _shutdown.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _wait.DisposeAsync().ConfigureAwait(false);
        _shutdown.Dispose();
    }

    /// <summary>One step. Of a failed one it is not known what the server has done.</summary>
    private async Task<bool?> GuardAsync(Func<Task<bool>> step)
    {
        bool? answer = await _guard.RunAsync(step).ConfigureAwait(false);
        _answerWasLost |= answer is null;
        _intake.MayHaveMore |= answer is null;
        return answer;
    }

    private async Task<bool> StepAsync(CancellationToken stopping)
    {
        if (MustResume)
            await ResumeAsync().ConfigureAwait(false);

        _ended.Collect();
        _intake.MayHaveMore |= _ended.FollowUps.TakeEnded();
        // What is put back for workers that know its function is not asked for again at once: those who wait for it have their turn.
        if (_ended.LeavesToOthers)
            _intake.MayHaveMore = false;
        // What has ended may have enqueued others while a free slot found nothing.
        if (_ended.HasUnsettled && _setup.Options.Burst)
            _intake.MayHaveMore = true;
        if (_steps.IsWorthwhile(_intake.MayHaveMore))
            _intake.MayHaveMore &= _steps.Send(_intake.MayHaveMore);
        if (_steps.Count > 0)
        {
            if (!_steps.HasAnswer)
                await _steps.NextAsync().ConfigureAwait(false);
            if (_steps.HasAnswer)
                await LandAsync().ConfigureAwait(false);
            return true;
        }

        return await NothingToSendAsync(stopping).ConfigureAwait(false);
    }

    /// <summary>Takes in the answer to the oldest step.</summary>
    private async Task LandAsync()
    {
        StepsInFlight.Landed landed = await _steps.LandAsync(AcceptAsync).ConfigureAwait(false);
        _intake.MayHaveMore |= landed.HasQueued;
        _answerWasLost |= landed.HasUnknown;
    }

    private Task AcceptAsync(Take.Answer answer, int asked)
    {
        _intake.MayHaveMore = answer.HasMore || answer.IsLimited || answer.Executions.Count == asked;
        return _intake.AcceptAsync(answer);
    }

    /// <summary>Nothing has ended, and no slot is free or the queues are empty.</summary>
    /// <returns>Whether the worker goes on.</returns>
    private async Task<bool> NothingToSendAsync(CancellationToken stopping)
    {
        if (_limits.IsReached && _ended.IsIdle)
        {
            Log.MaxJobsReached(_setup.Log, _setup.Name, _limits.Count);
            return false;
        }

        if (_intake.IsSuspended)
            return await WhileSuspendedAsync(stopping).ConfigureAwait(false);
        int free = _steps.FreeSlots;
        if (free > 0 && !_setup.Options.Burst)
            return await _idle.RunAsync(free, stopping).ConfigureAwait(false);
        if (free > 0 && _ended.IsIdle && _ended.LookAgain())
        {
            _intake.MayHaveMore = true;
            return true;
        }

        if (free > 0 && _ended.IsIdle)
        {
            Log.WorkerDone(_setup.Log, _setup.Name);
            return false;
        }

        await NextEndAsync(stopping).ConfigureAwait(false);
        return true;
    }

    /// <summary>The same when nothing is taken any more. Returns whether it went well.</summary>
    private async Task<bool> SettleLastAsync() => await GuardAsync(async () =>
    {
        if (MustResume)
            await ResumeAsync().ConfigureAwait(false);
        while (_steps.Count > 0)
            await LandAsync().ConfigureAwait(false);
        await _ended.SettleAsync().ConfigureAwait(false);
        return true;
    }).ConfigureAwait(false) == true;

    /// <summary>After an answer that was lost or is in doubt. What is still on its way is waited for first, so that it is known and not taken for lost.</summary>
    private async Task ResumeAsync()
    {
        while (_steps.Count > 0)
            await LandAsync().ConfigureAwait(false);
        _answerWasLost = !await _intake.ResumeAsync().ConfigureAwait(false);
    }

    private void End(RunningExecution running, Outcome outcome)
    {
        if (running.TryEnd())
            _ended.Report(running, outcome);
    }

    private async Task NextEndAsync(CancellationToken stopping)
    {
        _setup.Pulse.WaitsForJobs = true;
        // The loop looks at the token itself.
        await _ended.WaitAsync().WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _setup.Pulse.WaitsForJobs = false;
    }

    private async Task<bool> WhileSuspendedAsync(CancellationToken stopping)
    {
        // As in RQ: a burst worker does not wait for the end of a suspension.
        if (_setup.Options.Burst && _ended.IsIdle)
        {
            Log.SuspendedInBurst(_setup.Log, _setup.Name);
            return false;
        }

        await WorkerRecord.SetStateAsync(_setup.Connection, _setup.Name, "suspended").ConfigureAwait(false);
        await Task.WhenAny(_ended.WaitAsync(), Task.Delay(s_suspendedPoll, _setup.Time, stopping)).ConfigureAwait(false);
        _intake.MayHaveMore = true;
        return true;
    }
}
