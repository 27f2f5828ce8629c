using static RQ.Bench.Races.Target;

namespace RQ.Bench.Races;

/// <summary>All that is compared, and what should come out.</summary>
internal static class Targets
{
    public static IReadOnlyList<Row> All { get; } =
    [
        new("drain-kept", "drain", "drain, 100 at once, jobs kept with their value, to BullMQ keeping them", AtLeast(1.8),
            "drain-kept.rate", "bullmq-100-keep.drain", "bullmq-64-keep.drain"),
        new("drain-void", "drain", "the same, void jobs", AtLeast(2.2),
            "drain-void.rate", "bullmq-100-keep.drain", "bullmq-64-keep.drain"),
        new("drain-discard", "drain", "drain, jobs deleted at their end, to BullMQ removing them", AtLeast(3),
            "drain-discard.rate", "bullmq-100.drain", "bullmq-64.drain"),
        new("bottleneck-kept", "drain", "worker CPU per job to Redis CPU per job, drain kept", AtMost(1.3), "drain-kept.own", "drain-kept.server"),
        new("bottleneck-void", "drain", "the same, void jobs", AtMost(1.3), "drain-void.own", "drain-void.server"),
        new("enqueue", "enqueue", "enqueue one by one, 64 in flight, to BullMQ", AtLeast(1.3),
            "enqueue.rate", "bullmq-100.enqueue", "bullmq-64.enqueue", "bullmq-100-keep.enqueue", "bullmq-64-keep.enqueue"),
        new("bulk", "bulk", "bulk enqueue, to Sidekiq's push_bulk", AtLeast(1.1), "bulk.rate", "sidekiq.bulk"),
        new("wait-p50", "wait", "enqueue to job code, idle worker, 3 queues, median, to BullMQ", AtMost(0.5),
            "wait.p50", "bullmq-100.p50", "bullmq-64.p50", "bullmq-100-keep.p50", "bullmq-64-keep.p50"),
        new("wait-p99", "wait", "the same, 99th percentile", AtMost(0.5),
            "wait.p99", "bullmq-100.p99", "bullmq-64.p99", "bullmq-100-keep.p99", "bullmq-64-keep.p99"),
        new("horses-celery", "horses", "work horses used again, 2 at once, to Celery prefork", AtLeast(5), "horses.rate", "celery.drain"),
        new("horses-rq", "horses", "the same, to RQ with a fork per job", AtLeast(300), "horses.rate", "rq-fork.drain"),
        new("horse-per-job", "horse-per-job", "a fresh work horse per job, to RQ with a fork per job", AtLeast(0.6), "horse-per-job.rate", "rq-fork.drain"),
        new("horse-wait-ms", "horse-per-job", "enqueue to job code with a ready fresh work horse, median, ms", AtMost(10), "horse-wait.p50"),
        new("one-at-a-time", "one", "one job at a time, in process, to RQ's SimpleWorker", AtLeast(8), "drain-one.rate", "rq-simple.drain"),
        new("ten-workers-rate", "workers", "ten worker processes to one, jobs/s in all", AtLeast(0.85), "workers.rate-10", "workers.rate-1"),
        new("ten-workers-redis", "workers", "ten worker processes to one, Redis CPU per job", Between(0.9, 1.1), "workers.server-10", "workers.server-1"),
        new("backlog-drain", "backlog", "drain with 1,000,000 jobs on the queue, to 10,000", AtLeast(0.75), "backlog.drain-many", "backlog.drain-few"),
        new("backlog-enqueue", "backlog", "enqueue with 1,000,000 jobs on the queue, to 10,000", AtLeast(0.75), "backlog.enqueue-many", "backlog.enqueue-few"),
        new("backlog-drain-flat", "backlog", "drain with 3,000,000 jobs on the queue, to 1,000,000", AtLeast(0.9), "backlog.drain-most", "backlog.drain-many"),
        new("backlog-enqueue-flat", "backlog", "enqueue with 3,000,000 jobs on the queue, to 1,000,000", AtLeast(0.9), "backlog.enqueue-most", "backlog.enqueue-many"),
        new("memory-bytes", "memory", "Redis memory per queued job with one small argument, bytes", AtMost(530), "memory.bytes"),
        new("idle-mb", "idle", "resident memory of an rq worker, idle after 100,000 jobs, MB", AtMost(90), "idle.resident"),
        new("embedded", "embedded", "drain on the embedded server, jobs kept with their value, to BullMQ on Redis", AtLeast(1),
            "drain-embedded.rate", "bullmq-100-keep.drain", "bullmq-64-keep.drain"),
    ];

    /// <summary>Measured when all parts are, or when asked for: shown, and compared with nothing.</summary>
    public static IReadOnlyList<(string Part, string Contender)> Shown { get; } =
        [("hangfire", "hangfire-memory"), ("hangfire", "hangfire-redis"), ("graphile", "graphile")];

    public static IReadOnlyList<string> Parts { get; } = [.. All.Select(row => row.Part).Concat(Shown.Select(shown => shown.Part)).Distinct()];
}
