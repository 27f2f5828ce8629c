using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>
/// The steps of the worker's loop that are on their way to the server: each settles what has ended and takes what fits, in one round
/// trip. While the server works on one step, the next one may be waiting there already, so that it never waits for this worker; with
/// nothing on its way a step is sent for a single job. Used by the loop alone.
/// </summary>
internal sealed class StepsInFlight(WorkerSetup setup, RunningExecutions running, EndedExecutions ended, WorkerLimits limits, QueueOrder order)
{
    private const int Most = 2;

    /// <summary>So many fit in one step even if the worker has hardly more slots.</summary>
    private const int SmallBatch = 8;

    private readonly Queue<Step> _steps = new(Most);

    // Two steps that share the slots evenly keep the server busier than a large and a small one.
    private readonly int _batch = Math.Max((setup.Options.Concurrency + 1) / 2, SmallBatch);

    // A second step is worth its costs for so many.
    private readonly int _fairShare = Math.Max(setup.Options.Concurrency / 2, 1);

    /// <summary>How many steps are on their way.</summary>
    public int Count => _steps.Count;

    /// <summary>How many jobs may be taken: slots that were asked for, and those whose end the server has not been told, are in use.</summary>
    public int FreeSlots
    {
        get
        {
            int asked = _steps.Sum(step => step.Asked);
            return Math.Min(setup.Options.Concurrency - running.Count - ended.UnsettledCount - asked, limits.Remaining - asked);
        }
    }

    /// <summary>Whether there is enough to do for another step.</summary>
    /// <param name="mayTake">Whether the queues may have jobs.</param>
    public bool IsWorthwhile(bool mayTake) => _steps.Count switch
    {
        0 => ended.HasUnsettled || (mayTake && FreeSlots > 0),
        // The order of round robin follows from what the take before has found.
        1 => ended.HasUnsettled && !order.FollowsAnswers && (ended.UnsettledCount >= _fairShare || running.Count == 0),
        _ => false,
    };

    /// <summary>Sends one: settles what has ended, and behind it, if wanted, takes as many as fit.</summary>
    /// <returns>Whether there is a queue left from which something could be taken.</returns>
    public bool Send(bool takes)
    {
        bool isAlone = _steps.Count == 0;
        using PipelinedConnection.Holding holding = setup.Link.Hold();
        EndedExecutions.Settling settling = ended.BeginSettling(_batch);
        int most = takes ? Math.Min(FreeSlots, Take.Bite) : 0;
        TakeOrder queues = most > 0 ? order.Next(most).Without(ended.LeftOut) : TakeOrder.Strict([]);
        Task<RedisResult>? taking = null;
        if (queues.Queues.Count > 0)
        {
            int slots = running.Count + ended.UnsettledCount + _steps.Sum(step => step.Asked) + most;
            taking = setup.Calls.ExecuteAsync(
                Take.Call(setup.Connection, setup.Name, setup.Incarnation, queues, slots, ExecutionIds.New(most)));
        }

        _steps.Enqueue(new Step(settling, queues, taking, taking is null ? 0 : most, isAlone));
        return most <= 0 || taking is not null;
    }

    /// <summary>Waits until the oldest step is answered, or until so much has ended that another one is worthwhile.</summary>
    public async Task NextAsync()
    {
        Task answered = _steps.Peek().Answered;
        int wanted = Math.Min(_fairShare - ended.UnsettledCount, running.Count);
        // More has ended than fits in the step that is on its way.
        if (wanted <= 0 && ended.HasUnsettled && _steps.Count < Most && !order.FollowsAnswers)
            return;
        if (_steps.Count == Most || order.FollowsAnswers || wanted <= 0)
            await answered.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        else
            await Task.WhenAny(answered, ended.WaitAsync(wanted)).ConfigureAwait(false);
    }

    /// <summary>Whether the oldest step is answered.</summary>
    public bool HasAnswer => _steps.Count > 0 && _steps.Peek().Answered.IsCompleted;

    /// <summary>Takes the oldest step off, and waits for the rest of it. What could not be settled is unsettled again.</summary>
    /// <param name="accept">Takes in the answer to a take that asked for so many jobs. Called also when settling fails.</param>
    public async Task<Landed> LandAsync(Func<Take.Answer, int, Task> accept)
    {
        Step step = _steps.Dequeue();
        step.IsAlone &= _steps.Count == 0;
        Take.Answer? answer = null;
        bool hasQueued;
        try
        {
            if (step.Taking is { } taking)
            {
                answer = Take.Read(setup.Connection, setup.Name, step.Queues.Queues, await taking.ConfigureAwait(false));
                await accept(answer, step.Asked).ConfigureAwait(false);
            }
        }
        finally
        {
            hasQueued = await ended.EndAsync(step.Settling).ConfigureAwait(false);
        }

        // Part of a settling may have come behind the take of the step after it, which then has not seen what was put on the queues.
        foreach (Step later in _steps)
            later.MissesQueued |= hasQueued;

        // The server counts executions of ours that we do not know: then there are some to be resumed.
        bool hasUnknown = answer is { IsLimited: true, Executions.Count: 0 } && step.Settling.Ended.Length == 0 && step.IsAlone;
        return new Landed(hasQueued || step.MissesQueued, hasUnknown);
    }

    /// <summary>What a step has come to.</summary>
    /// <param name="HasQueued">Whether settling may have put jobs on queues that its take has not seen.</param>
    /// <param name="HasUnknown">Whether the server counts executions of this worker that it has never heard of.</param>
    internal readonly record struct Landed(bool HasQueued, bool HasUnknown);

    private sealed record Step(EndedExecutions.Settling Settling, TakeOrder Queues, Task<RedisResult>? Taking, int Asked, bool IsAlone)
    {
        /// <summary>Whether no other step was on its way at the same time.</summary>
        public bool IsAlone { get; set; } = IsAlone;

        /// <summary>Whether the step before it may have put jobs on queues after its take.</summary>
        public bool MissesQueued { get; set; }

        // As a rule the answers come in the order of the calls.
        public Task Answered => Taking ?? (Task)Settling.Sent;
    }
}
