using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>What Python's workers leave behind when they die: started jobs that nobody keeps alive, and ids between queue and worker.</summary>
internal static class Overdue
{
    /// <summary>How many entries one call looks at.</summary>
    public const int Bite = 500;

    private static readonly Script s_find = Script.Load("find_overdue");
    private static readonly Script s_return = Script.Load("return_intermediate");
    private static readonly Script s_returnUnstarted = Script.Load("return_unstarted");

    /// <summary>An entry of a started registry that nobody keeps alive.</summary>
    /// <param name="Entry">The entry as it is listed.</param>
    /// <param name="JobId">The job.</param>
    /// <param name="ExecutionId">The execution; empty when the entry names none.</param>
    /// <param name="Worker">The worker that the job names; empty when it names none.</param>
    /// <param name="Score">The entry's score, as the server writes it: another one is a sign of life.</param>
    /// <param name="IsUnstarted">Whether the job was listed there and its status never said that it runs.</param>
    internal sealed record Found(string Entry, string JobId, string ExecutionId, string Worker, string Score, bool IsUnstarted);

    /// <param name="Looked">How many entries it looked at.</param>
    /// <param name="Removed">How many of them told of nothing that runs, and are gone.</param>
    /// <param name="Dead">Those whose worker is dead.</param>
    internal sealed record Page(int Looked, int Removed, IReadOnlyList<Found> Dead);

    /// <summary>Looks at the entries of a queue that are overdue or about to be, the oldest first.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="skip">How many entries to pass over.</param>
    /// <param name="patience">How long an entry must have kept its score, from one look to another, to count as dead.</param>
    public static async Task<Page> FindAsync(RqConnection rq, string queue, int skip, TimeSpan patience)
    {
        ScriptCall call = rq.Call(s_find);
        call.Keys.AddRange([rq.Keys.Started(queue), rq.Keys.Leases]);
        call.Arguments.AddRange([rq.Keys.Prefix, skip, Bite, rq.Keys.OverdueNotes(queue), (long)patience.TotalMilliseconds]);
        RedisResult[] answer = (RedisResult[])(await rq.ExecuteAsync(call).ConfigureAwait(false))!;
        return new Page((int)answer[0], (int)answer[1],
            [.. answer.Skip(2).Chunk(6).Select(parts => new Found(
                (string)parts[0]!, (string)parts[1]!, (string)parts[2]!, (string)parts[3]!, (string)parts[4]!, (string?)parts[5] == "unstarted"))]);
    }

    /// <summary>Puts a job that was listed as running and never started back at the head of its queue, unless it waits there.</summary>
    /// <returns>Whether its entry is gone, and whether it went back; neither when there was a sign of life meanwhile.</returns>
    public static async Task<(bool IsGone, bool IsBack)> ReturnUnstartedAsync(RqConnection rq, string queue, Found found)
    {
        ScriptCall call = rq.Call(s_returnUnstarted);
        call.Keys.AddRange([rq.Keys.Started(queue), rq.Keys.Queue(queue), rq.Keys.Intermediate(queue), rq.Keys.Leases]);
        call.Arguments.AddRange([rq.Keys.Prefix, found.Entry, found.Score]);
        string? answer = (string?)await rq.ExecuteAsync(call).ConfigureAwait(false);
        return (answer != "alive", answer == "returned");
    }

    /// <summary>Puts ids that were taken off a queue and never started back at its head.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="patience">How long an id must have been seen there; <c>null</c> only looks.</param>
    /// <param name="cancellationToken">Stops between two bites.</param>
    /// <returns>The ids that went back.</returns>
    public static async Task<IReadOnlyList<string>> ReturnIntermediateAsync(RqConnection rq, string queue, TimeSpan? patience, CancellationToken cancellationToken)
    {
        var returned = new List<string>();
        int skip = 0, looked;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            ScriptCall call = rq.Call(s_return);
            call.Keys.AddRange([rq.Keys.Intermediate(queue), rq.Keys.Queue(queue), rq.Keys.Started(queue)]);
            call.Arguments.AddRange([
                rq.Keys.Prefix, skip, Bite, patience is { } time ? RqTime.Seconds(time) : RedisValue.EmptyString, rq.Keys.IntermediateNotes(queue)]);
            RedisResult[] answer = (RedisResult[])(await rq.ExecuteAsync(call).ConfigureAwait(false))!;
            looked = (int)answer[0];
            skip += looked - (int)answer[1];
            returned.AddRange(answer.Skip(2).Select(id => (string)id!));
        }
        while (looked == Bite);
        return returned;
    }
}
