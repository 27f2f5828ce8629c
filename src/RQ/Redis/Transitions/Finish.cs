using System.Globalization;
using RQ.Executions;
using RQ.Jobs;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>finish</i>: started → finished, with the result, or on to the next run of a job that repeats; what waited for it is released.</summary>
internal static class Finish
{
    private const int FixedArguments = 8;
    private const int ArgumentsPerGroup = 4;
    private const int ArgumentsWithTimes = 6;
    private const int ArgumentsOfMore = 8;

    public static Script Script { get; } = Script.Load("finish");

    /// <summary>Finishes several executions in one call; sending it again changes nothing.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="caller">Over which the call is sent.</param>
    /// <param name="worker">The worker's name.</param>
    /// <param name="oldestRunning">The job that has run longest and goes on running; <c>null</c> for none.</param>
    /// <param name="ended">At least one; all ended with <see cref="Outcome.Finished"/>.</param>
    /// <param name="defaultResultTtl">How long results are kept of jobs that do not say.</param>
    /// <returns>One verdict per execution, in order.</returns>
    public static async Task<Verdict[]> ExecuteAsync(
        RqConnection rq, IScriptCaller caller, string worker, string? oldestRunning, IReadOnlyList<EndedExecution> ended, TimeSpan defaultResultTtl)
    {
        List<Group> groups = GroupBySameness(ended, RqTime.Seconds(defaultResultTtl));
        RedisResult answer = await caller.ExecuteAsync(Call(rq, worker, oldestRunning, ended, groups)).ConfigureAwait(false);
        await Extend.ForgetLateBeatsAsync(rq, ended).ConfigureAwait(false);
        var verdicts = new Verdict[ended.Count];
        if (answer.Length < 0 && (string?)answer is "applied")
            return verdicts;
        int position = 0;
        foreach (Group group in groups)
        {
            foreach (int index in group.Members)
                verdicts[index] = VerdictText.Parse((string?)answer[position++]);
        }

        return verdicts;
    }

    /// <summary>Executions of one queue, of which the call says the same.</summary>
    private sealed class Group(string queue, long ttl, bool hasTimes)
    {
        public string Queue { get; } = queue;

        public long Ttl { get; } = ttl;

        /// <summary>A job that is deleted keeps no times.</summary>
        public bool HasTimes { get; } = hasTimes;

        public List<int> Members { get; } = [];

        public TimeSpan Worked { get; set; }
    }

    private static List<Group> GroupBySameness(IReadOnlyList<EndedExecution> ended, long defaultTtl)
    {
        var groups = new List<Group>(1);
        for (int i = 0; i < ended.Count; i++)
        {
            Execution execution = ended[i].Execution;
            long ttl = execution.Job.ResultTtl ?? defaultTtl;
            Group group = Find(groups, execution.Queue, ttl, ttl != 0 || execution.Job.RepeatsLeft is > 0);
            group.Members.Add(i);
            group.Worked += execution.EndedAt - execution.CreatedAt;
        }

        return groups;
    }

    private static Group Find(List<Group> groups, string queue, long ttl, bool hasTimes)
    {
        foreach (Group each in groups)
        {
            if (each.Ttl == ttl && each.HasTimes == hasTimes && each.Queue == queue)
                return each;
        }

        var group = new Group(queue, ttl, hasTimes);
        groups.Add(group);
        return group;
    }

    private static ScriptCall Call(RqConnection rq, string worker, string? oldestRunning, IReadOnlyList<EndedExecution> ended, List<Group> groups)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(Script);
        call.Keys.EnsureCapacity(5 + groups.Count * 4 + ended.Count);
        call.Keys.AddRange([keys.Worker(worker), keys.WorkerExecutions(worker), keys.Releasing, keys.ResultTemplate]);
        foreach (Group group in groups)
            call.Keys.AddRange([keys.Started(group.Queue), keys.Finished(group.Queue), keys.Queue(group.Queue), keys.Scheduled(group.Queue)]);

        List<RedisValue> arguments = call.Arguments;
        var more = new List<RedisValue>();
        DateTimeOffset last = DateTimeOffset.MinValue;
        int position = 0;
        foreach (Group group in groups)
        {
            foreach (int index in group.Members)
            {
                Execution execution = ended[index].Execution;
                call.Keys.Add(keys.Job(execution.JobId));
                last = execution.EndedAt > last ? execution.EndedAt : last;
                AddMore(more, ++position, execution, ((Outcome.Finished)ended[index].Outcome).Value);
            }
        }

        arguments.EnsureCapacity(1 + FixedArguments + groups.Count * ArgumentsPerGroup + more.Count + ended.Count * ArgumentsWithTimes);
        arguments.AddRange([
            keys.Prefix, worker, rq.Capabilities.ResultMode, !rq.Capabilities.LocksDeclaredOnly, oldestRunning ?? "",
            RqTime.Timestamp(last), groups.Count, more.Count / ArgumentsOfMore]);
        foreach (Group group in groups)
            arguments.AddRange([group.Ttl, group.Members.Count, group.Worked.TotalSeconds.ToString("F6", CultureInfo.InvariantCulture), group.HasTimes]);
        arguments.AddRange(more);
        foreach (Group group in groups)
        {
            foreach (int index in group.Members)
                AddExecution(arguments, rq, ended[index], group.HasTimes);
        }

        return call;
    }

    private static void AddExecution(List<RedisValue> arguments, RqConnection rq, EndedExecution ended, bool hasTimes)
    {
        Execution execution = ended.Execution;
        arguments.Add(execution.Id);
        if (!hasTimes)
            return;
        arguments.Add(RqTime.Timestamp(execution.StartedAt));
        arguments.Add(RqTime.Timestamp(execution.EndedAt));
        arguments.Add(RqTime.Unix(execution.CreatedAt));
        arguments.Add(RqTime.Unix(execution.EndedAt));
        arguments.Add(((Outcome.Finished)ended.Outcome).Value is { } value ? Settlement.Payload(rq, value) : RedisValue.EmptyString);
    }

    /// <summary>What is not so with every job. All but the heartbeat was known when the job was taken, and nobody changes it while it runs.</summary>
    private static void AddMore(List<RedisValue> more, int position, Execution execution, byte[]? value)
    {
        JobHash job = execution.Job;
        RedisValue rate = job[JobFields.RateLimitKey];
        RedisValue cron = job[JobFields.CronName];
        bool isEmptyValue = value is { Length: 0 };
        RepeatPolicy.Next? next = RepeatPolicy.AfterSuccess(job);
        bool hasBeaten = execution.TellBeats();
        if (!hasBeaten && !job.HasDependencies && rate.IsNullOrEmpty && cron.IsNullOrEmpty && next is null && !isEmptyValue)
            return;
        more.AddRange([
            position, hasBeaten, job.HasDependencies, rate.IsNull ? RedisValue.EmptyString : rate, cron.IsNull ? RedisValue.EmptyString : cron,
            next?.RunsAfter ?? RedisValue.EmptyString, next?.Delay ?? 0, isEmptyValue]);
    }
}
