using RQ.Executions;
using RQ.Queues;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Model.Plays;

/// <content>Who enqueues jobs, and who does something to them by hand.</content>
internal sealed partial class Play
{
    private static readonly string[] s_queues = ["q0", "q1", "q2"];
    private static readonly JobCall s_call = JobCall.To("model.run");

    /// <summary>Jobs that were run by who enqueued them.</summary>
    private readonly SimulatedWorker _callers = new("sync", []);

    private int _inline;

    private async Task EnqueueAsync(Command command, string queueName)
    {
        Enqueue.Item[] items;
        try
        {
            items = command.Verb switch
            {
                "plain" => [.. Enumerable.Range(0, 1 + command["count"]).Select(_ => ItemOf(command, queueName, isFresh: true))],
                "together" => Together(command, queueName),
                _ => [ItemOf(command, queueName, isFresh: command["fresh"] == 1)],
            };
        }
        catch (DependencyCycleException)
        {
            // A job that waits for itself is refused before anything is sent.
            return;
        }

        await BeginAsync(command, null, async () =>
        {
            JobStatus[] statuses = await Enqueue.ExecuteAsync(_rq, items);
            if (items is [{ Execution.Length: > 0 } item] && statuses[0] == JobStatus.Started)
                _callers.Running.Add(new Execution(item.Execution, item.Queue.Name, "sync", new NewJob(item).ToHash(JobStatus.Started), _time.UtcNow));
        });
    }

    /// <summary>A job, and one on another queue that waits for it, in one call.</summary>
    private Enqueue.Item[] Together(Command command, string queueName)
    {
        Enqueue.Item parent = ItemOf(command, queueName, isFresh: true);
        Enqueue.Item child = ItemOf(command, s_queues[command["other"] % s_queues.Length], isFresh: true, parent.Id);
        return [parent, child];
    }

    private Enqueue.Item ItemOf(Command command, string queueName, bool isFresh, params string[] parents)
    {
        if (command.Verb == "enqueue")
            parents = [.. new[] { "parent1", "parent2" }.Where(name => command[name] > 0 && !_names.IsEmpty).Select(name => _names.Chosen(name, command[name])).Distinct()];
        string id = isFresh ? _names.Next() : _names.Own(command["id"]);
        bool hasLimit = command["rate"] > 0 && command.Verb != "plain" && command["inline"] == 0;
        var options = new JobOptions
        {
            Id = isFresh ? null : id,
            AtFront = command["front"] == 1,
            Ttl = Seconds(command["ttl"], 60, 200),
            ResultTtl = Kept(command["keep"], 100),
            FailureTtl = Kept(command["keepfailed"], 120),
            DependsOn = parents.Length == 0
                ? null
                : new Dependency([.. parents.Select(parent => new JobReference(parent))]) { AllowFailure = command["allow"] == 1, IfUnmet = (UnmetDependency)command["unmet"] },
            DueAt = command["due"] switch { 1 => _time.UtcNow.AddSeconds(10), 2 => _time.UtcNow.AddSeconds(60), 3 => _time.UtcNow.AddSeconds(-10), _ => null },
            Group = command["group"] > 0 ? $"g{command["group"]}" : null,
            RateLimit = hasLimit ? new RateLimit($"r{command["rate"]}", command["rate"]) : null,
            Retry = command["retry"] switch
            {
                1 => new Retry(1), 2 => new Retry(2, TimeSpan.FromSeconds(20)), 3 => new Retry(2, TimeSpan.FromSeconds(0), TimeSpan.FromSeconds(10)) { AtFront = true }, _ => null,
            },
            Repeat = command["repeat"] switch
            {
                1 => new Repeat(1), 2 => new Repeat(2, TimeSpan.FromSeconds(20)), 3 => Repeat.Forever(TimeSpan.FromSeconds(30)),
                4 => Repeat.Forever(TimeSpan.FromSeconds(30), _time.UtcNow.AddSeconds(50)), _ => null,
            },
            Unique = isFresh ? UniqueJob.No : (UniqueJob)command["unique"],
            OnAbandoned = command["fail"] == 1 ? AbandonedJob.Fail : AbandonedJob.Requeue,
        };
        var queue = new Queue(queueName, _rq, new QueueOptions { MaxLength = command["most"] > 0 ? command["most"] : null });
        Enqueue.Item item = NewJob.Create(queue, s_call, options).Item with { Id = id };
        return command["inline"] == 1 ? item with { Execution = $"x{++_inline:d4}" } : item;
    }

    private static TimeSpan? Seconds(int choice, params ReadOnlySpan<int> seconds) => choice > 0 ? TimeSpan.FromSeconds(seconds[choice - 1]) : null;

    /// <summary>Not said, not kept, kept for ever, or for some seconds.</summary>
    private static TimeSpan? Kept(int choice, int seconds) => choice switch
    {
        1 => TimeSpan.Zero, 2 => Timeout.InfiniteTimeSpan, 3 => TimeSpan.FromSeconds(seconds), _ => null,
    };

    private async Task ByHandAsync(Command command)
    {
        if (_names.IsEmpty)
            return;
        string id = _names.Chosen("job", command["job"]);
        string origin = _model.Keys.Field($"job:{id}", "origin") is { Length: > 0 } known ? known : "q0";
        DateTimeOffset due = _time.UtcNow.AddSeconds(command["due"] switch { 1 => 10, 2 => 60, 3 => -10, _ => 0 });
        await BeginAsync(command, null, command.Verb switch
        {
            "cancel" => () => Cancel.ExecuteAsync(_rq, id, origin, command["release"] == 1, command["forget"] == 1, Kept(command["ttl"], 120)),
            "delete" => () => Delete.ExecuteAsync(
                _rq, [id], origin, CancellationToken.None, command["only"] switch { 1 => [JobStatus.Finished, JobStatus.Failed], 2 => [JobStatus.Queued], _ => null }),
            "requeue" => () => Requeue.ExecuteAsync(
                _rq, [id], origin, command["target"] > 0 ? s_queues[command["target"] - 1] : null, command["front"] == 1, (Requeue.From)command["from"], CancellationToken.None),
            "reschedule" => () => Reschedule.ExecuteAsync(_rq, id, due, command["queue"] > 0 ? s_queues[command["queue"] - 1] : null),
            "endrepeats" => () => EndRepeats.ExecuteAsync(_rq, id),
            _ => () => DeleteResults.ExecuteAsync(_rq, id),
        });
    }

    /// <summary>Single commands of Redis, no scripts.</summary>
    private async Task ControlAsync(string verb, string queue)
    {
        RedisValue key = _rq.Keys.Queue(queue);
        switch (verb)
        {
            case "suspend":
                await _rq.Database.StringSetAsync(_rq.Keys.Suspended, 1);
                _model.Keys.SetText("suspended", "1", null);
                break;
            case "unsuspend":
                await _rq.Database.KeyDeleteAsync(_rq.Keys.Suspended);
                _model.Keys.Delete("suspended");
                break;
            case "pause":
                await _rq.Database.SetAddAsync(_rq.Keys.Paused, key);
                _model.Keys.AddToSet("paused", key!);
                break;
            default:
                await _rq.Database.SetRemoveAsync(_rq.Keys.Paused, key);
                _model.Keys.Remove("paused", key!);
                break;
        }
    }
}
