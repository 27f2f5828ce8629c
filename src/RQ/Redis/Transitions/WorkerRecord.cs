using System.Text.Json;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>Birth, lease and death of a worker.</summary>
internal static class WorkerRecord
{
    /// <summary>How long a worker counts as alive after its last sign of life.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(8);

    /// <summary>How often a worker renews it.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(2);

    /// <summary>How long the record of an idle worker is kept, in seconds: RQ's worker TTL and a minute.</summary>
    public static long IdleTtlOf(TimeSpan workerTtl) => RqTime.Seconds(workerTtl) + 60;

    private static readonly WorkerOptions s_defaults = new();
    private static readonly Script s_register = Script.Load("register");
    private static readonly Script s_renew = Script.Load("renew_lease");
    private static readonly Script s_unregister = Script.Load("unregister");
    private static readonly Script s_setState = Script.Load("set_state");
    private static readonly Script s_noteWaits = Script.Load("note_waits");
    private static readonly Script s_inspect = Script.Load("inspect_worker");

    /// <summary>How a birth went.</summary>
    internal enum Birth
    {
        /// <summary>Registered.</summary>
        Ok,

        /// <summary>A living worker has the name.</summary>
        Taken,

        /// <summary>A dead worker of that name has left something behind that must be recovered first.</summary>
        Unburied,
    }

    /// <summary>What a renewal found.</summary>
    /// <param name="IsHeld">Whether the worker still had its lease and its record.</param>
    /// <param name="Releasing">How many ended jobs have dependents left to look at.</param>
    /// <param name="NextExpiry">When the next lease runs out of a worker that did not renew it in time; <c>null</c> for none.</param>
    /// <param name="ServerTime">What the server's clock said.</param>
    /// <param name="Expired">Workers whose lease has run out.</param>
    internal sealed record Renewal(bool IsHeld, int Releasing, TimeSpan? NextExpiry, DateTimeOffset ServerTime, IReadOnlyList<string> Expired);

    /// <summary>What a dead worker left behind.</summary>
    /// <param name="Queues">The queues that it served.</param>
    /// <param name="Waits">The numbers of the connections on which it waited.</param>
    /// <param name="Executions">What it ran, each as <c>job:execution</c>.</param>
    internal sealed record Remains(string[] Queues, ConnectionNumber[] Waits, string[] Executions);

    public static async Task<Birth> RegisterAsync(RqConnection rq, string worker, string incarnation, IReadOnlyList<string> queues, List<RedisValue> record, TimeSpan? workerTtl = null)
    {
        ScriptCall call = rq.Call(s_register);
        call.Keys.AddRange([
            rq.Keys.Worker(worker), rq.Keys.Workers, rq.Keys.Leases, rq.Keys.LeaseOwners, rq.Keys.WorkerExecutions(worker)]);
        foreach (string queue in queues)
            call.Keys.Add(rq.Keys.WorkersOf(queue));
        call.Arguments.AddRange([worker, incarnation, (long)LeaseTime.TotalMilliseconds, JsonSerializer.Serialize(queues), IdleTtlOf(workerTtl ?? s_defaults.WorkerTtl)]);
        call.Arguments.AddRange(record);
        return (string?)await rq.ExecuteAsync(call).ConfigureAwait(false) switch
        {
            "taken" => Birth.Taken,
            "unburied" => Birth.Unburied,
            _ => Birth.Ok,
        };
    }

    public static ScriptCall RenewCall(RqConnection rq, string worker, string incarnation)
    {
        ScriptCall call = rq.Call(s_renew);
        call.Keys.AddRange([rq.Keys.Leases, rq.Keys.Worker(worker), rq.Keys.Releasing, rq.Keys.LeaseOwners]);
        call.Arguments.AddRange([worker, incarnation, (long)LeaseTime.TotalMilliseconds, 100, (long)(LeaseTime - 2 * RenewEvery).TotalMilliseconds]);
        return call;
    }

    public static Renewal ReadRenewal(RedisResult result)
    {
        RedisResult[] answer = (RedisResult[])result!;
        return new Renewal((int)answer[0] == 1, (int)answer[1], (long)answer[2] < 0 ? null : TimeSpan.FromMilliseconds((long)answer[2]),
            DateTimeOffset.FromUnixTimeMilliseconds((long)answer[3]), [.. answer.Skip(4).Select(name => (string)name!)]);
    }

    /// <summary>Says what the worker does: RQ's <c>idle</c>, <c>busy</c>, <c>suspended</c>.</summary>
    public static Task SetStateAsync(RqConnection rq, string worker, string state) => SetAsync(rq, worker, "state", state);

    /// <summary>Says that the worker was told to stop and waits for what it runs.</summary>
    public static Task NoteShutdownAsync(RqConnection rq, string worker) =>
        SetAsync(rq, worker, "shutdown_requested_date", RqTime.Timestamp(rq.TimeProvider.GetUtcNow()));

    /// <summary>Until when the lease of the name is valid; <c>null</c> when it has none: nobody has it, or a Python worker.</summary>
    public static Task<double?> LeaseAsync(RqConnection rq, string worker) => rq.Primary.SortedSetScoreAsync(rq.Keys.Leases, worker);

    /// <summary>Writes down on which connections the worker waits.</summary>
    public static Task NoteWaitsAsync(RqConnection rq, string worker, string incarnation, IEnumerable<ConnectionNumber> connections)
    {
        ScriptCall call = rq.Call(s_noteWaits);
        call.Keys.AddRange([rq.Keys.LeaseWaits, rq.Keys.LeaseOwners]);
        call.Arguments.AddRange([worker, incarnation, string.Join(',', connections)]);
        return rq.ExecuteAsync(call);
    }

    /// <summary>A worker leaves, or is buried by another that found its lease run out.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="worker">Its name.</param>
    /// <param name="queues">Its queues.</param>
    /// <param name="incarnation">The run that leaves; <c>null</c> to bury whatever has the name, if its lease has run out.</param>
    /// <returns>Whether nothing of it is left.</returns>
    public static async Task<bool> UnregisterAsync(RqConnection rq, string worker, IReadOnlyList<string> queues, string? incarnation)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_unregister);
        call.Keys.AddRange([keys.Worker(worker), keys.Workers, keys.Leases, keys.LeaseOwners, keys.WorkerExecutions(worker), keys.LeaseWaits]);
        foreach (string queue in queues)
            call.Keys.AddRange([keys.WorkersOf(queue), keys.Claims(worker, queue), keys.Queue(queue)]);
        call.Arguments.AddRange([worker, RqTime.Timestamp(rq.TimeProvider.GetUtcNow()), incarnation ?? ""]);
        return (string?)await rq.ExecuteAsync(call).ConfigureAwait(false) == "ok";
    }

    /// <summary>What a worker whose lease has run out left behind; <c>null</c> when it lives or is already buried.</summary>
    public static async Task<Remains?> InspectAsync(RqConnection rq, string worker)
    {
        ScriptCall call = rq.Call(s_inspect);
        call.Keys.AddRange([rq.Keys.Leases, rq.Keys.LeaseOwners, rq.Keys.WorkerExecutions(worker), rq.Keys.LeaseWaits]);
        call.Arguments.Add(worker);
        RedisResult[] answer = (RedisResult[])(await rq.ExecuteAsync(call).ConfigureAwait(false))!;
        return answer.Length == 0
            ? null
            : new Remains(
                ReadQueues((string?)answer[0]),
                [.. ((string)answer[1]!).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(ConnectionNumber.Parse)],
                [.. answer.Skip(2).Select(member => (string)member!)]);
    }

    /// <summary>The queues as they stand in <see cref="Keys.LeaseOwners"/>; none when that cannot be read: then the worker is buried without its claims.</summary>
    internal static string[] ReadQueues(string? json)
    {
        try
        {
            return [.. (JsonSerializer.Deserialize<string?[]>(json ?? "") ?? []).Where(name => !string.IsNullOrEmpty(name)).OfType<string>()];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static Task<RedisResult> SetAsync(RqConnection rq, string worker, string field, string value)
    {
        ScriptCall call = rq.Call(s_setState);
        call.Keys.Add(rq.Keys.Worker(worker));
        call.Arguments.AddRange([field, value]);
        return rq.ExecuteAsync(call);
    }
}
