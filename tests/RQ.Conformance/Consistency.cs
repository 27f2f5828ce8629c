using StackExchange.Redis;

namespace RQ.Conformance;

/// <summary>Checks that each job is in exactly one place, the one that its status names, and that nothing is listed without being there.</summary>
internal static class Consistency
{
    /// <returns>What is wrong, one line each.</returns>
    public static async Task<IReadOnlyList<string>> ViolationsAsync(RqConnection rq)
    {
        IServer server = rq.Multiplexer.GetServers().Single();
        var places = new Dictionary<string, List<string>>();
        void Add(string id, string place)
        {
            if (!places.TryGetValue(id, out List<string>? list))
                places[id] = list = [];
            list.Add(place);
        }

        foreach (Queue queue in await Queue.AllAsync(rq))
        {
            foreach (string id in await queue.GetJobIdsAsync())
                Add(id, "queued");
            foreach (JobRegistry registry in new[] { queue.Started, queue.Finished, queue.Failed, queue.Deferred, queue.Scheduled, queue.Canceled })
            {
                foreach (string id in await registry.GetJobIdsAsync())
                    Add(id, registry.Kind.ToString().ToLowerInvariant());
            }
        }

        foreach (RedisValue limit in await rq.Database.SetMembersAsync(rq.Keys.RateLimits))
        {
            foreach (RedisValue id in await rq.Database.SortedSetRangeByRankAsync($"{rq.KeyPrefix}rl:{limit}:rate_limited"))
                Add((string)id!, "rate_limited");
        }

        var violations = new List<string>();
        var jobs = new HashSet<string>();
        await foreach (RedisKey key in server.KeysAsync(rq.Database.Database, rq.KeyPrefix + "job:*", 1000))
        {
            string id = ((string)key!)[(rq.KeyPrefix.Length + 4)..];
            if (!id.Contains(':'))
                jobs.Add(id);
        }

        foreach (Job? job in await Job.FetchManyAsync(jobs, rq))
        {
            if (job is null)
                continue;
            List<string> found = places.GetValueOrDefault(job.Id) ?? [];
            string expected = job.Status switch { JobStatus.Stopped => "failed", JobStatus.RateLimited => "rate_limited", _ => job.Status.ToText() };
            // A repeating job is listed as finished too.
            List<string> others = [.. found.Where(place => place != expected && !(place == "finished" && (job.RepeatsLeft is not null || job.RepeatsForever)))];
            if (found.Count(place => place == expected) != 1 || others.Count > 0)
                violations.Add($"{job.Id} is {expected}, and is listed in: {string.Join(", ", found)}");
        }

        violations.AddRange(places.Where(place => !jobs.Contains(place.Key)).Select(place => $"{place.Key} is gone, and is listed in: {string.Join(", ", place.Value)}"));
        return violations;
    }
}
