using RQ.TestSupport;

namespace RQ.Conformance.Transitions;

/// <summary>Waits for a worker's signs of life: whatever its heartbeat would have done wrongly, it has done by the next ones.</summary>
internal static class Leases
{
    public static async Task IsRenewedAsync(RqConnection rq, string worker, int times = 1)
    {
        double? seen = await rq.Database.SortedSetScoreAsync(rq.Keys.Leases, worker);
        for (int i = 0; i < times; i++)
        {
            await Eventually.BecomesAsync(
                async () =>
                {
                    double? now = await rq.Database.SortedSetScoreAsync(rq.Keys.Leases, worker);
                    bool rose = now > (seen ?? 0);
                    seen = rose ? now : seen;
                    return rose;
                },
                $"the lease of {worker} is renewed");
        }
    }
}
