namespace RQ.Redis;

/// <summary>Every key name, in one place. The names are Python RQ's unless a comment says "ours".</summary>
internal sealed class Keys(string prefix)
{
    public const string DefaultPrefix = "rq:";

    public string Prefix { get; } = prefix;

    /// <summary>Ours: declared by every script, so that the embedded server runs them one after the other. Never written.</summary>
    public string Lock { get; } = prefix + "lock";

    /// <summary>Set of the full keys of all queues ever used.</summary>
    public string Queues { get; } = prefix + "queues";

    /// <summary>Set of the full keys of all living workers.</summary>
    public string Workers { get; } = prefix + "workers";

    /// <summary>Present while all workers are told to take nothing.</summary>
    public string Suspended { get; } = prefix + "suspended";

    /// <summary>Ours: sorted set, worker name → server time in ms until which it counts as alive.</summary>
    public string Leases { get; } = prefix + "leases";

    /// <summary>
    /// Ours: hash, worker name → the random id of the run that holds the name, a space, and a JSON list of its queues: two
    /// processes that share a name by mistake are told apart, and a dead worker's claims are found. Lives as long as the lease.
    /// </summary>
    public string LeaseOwners { get; } = prefix + "leases:owners";

    /// <summary>
    /// Ours: hash, worker name → comma-joined <see cref="ConnectionNumber"/>s of the connections on which it waits, so that the pops of a dead worker can
    /// be ended. Lives as long as the lease.
    /// </summary>
    public string LeaseWaits { get; } = prefix + "leases:waits";

    /// <summary>Ours: hash, job id → final status, of ended jobs whose dependents have not all been looked at; and <c>rl:{key}</c> of rate limits with a free slot.</summary>
    public string Releasing { get; } = prefix + "releasing";

    /// <summary>Ours: a stream of one entry that new result streams are copied from: a copy takes 0.8 KB, a fresh stream 4.8 KB.</summary>
    public string ResultTemplate { get; } = prefix + "result-template";

    /// <summary>Ours: set of the full keys of the queues from which our workers take nothing.</summary>
    public string Paused { get; } = prefix + "paused";

    /// <summary>Set of the names of all groups.</summary>
    public string Groups { get; } = prefix + "groups";

    /// <summary>Set of the keys of all rate limits that have jobs.</summary>
    public string RateLimits { get; } = prefix + "rl-keys";

    /// <summary>Ours: channel on which schedulers are told that something is due earlier than what they wait for. The message is the queue, or empty for all of them.</summary>
    public string SchedulerWake { get; } = prefix + "scheduler-wake";

    /// <summary>Sorted set, name of a cron scheduler, ours or Python's → when it last showed that it lives.</summary>
    public string CronSchedulers { get; } = prefix + "cron_schedulers";

    /// <summary>Ours: the name of the scheduler that runs the cron schedules now; lives as long as its right.</summary>
    public string CronLock { get; } = prefix + "cron-lock";

    /// <summary>Ours: set of the names of all cron schedules.</summary>
    public string CronSchedules { get; } = prefix + "cron-schedules";

    /// <summary>Ours: sorted set, name of a cron schedule → when it is due next.</summary>
    public string CronDue { get; } = prefix + "cron-due";

    /// <summary>Ours: the token of the last change of cron schedules by hand, so that who lists them sees that there was one.</summary>
    public string CronChanges { get; } = prefix + "cron-changes";

    /// <summary>Ours: hash, source of a table of cron schedules → the token of its last change, so that no two replace the same one.</summary>
    public string CronTables { get; } = prefix + "cron-tables";

    public string QueuePrefix { get; } = prefix + "queue:";

    /// <summary>What a job's id follows in the key of its hash.</summary>
    public string JobPrefix { get; } = prefix + "job:";

    /// <summary>List of the ids of queued jobs; the head is next.</summary>
    public string Queue(string queue) => QueuePrefix + queue;

    /// <summary>Hash of the job.</summary>
    public string Job(string id) => JobPrefix + id;

    /// <summary>Set of the ids of jobs that wait for this one.</summary>
    public string Dependents(string id) => $"{Prefix}job:{id}:dependents";

    /// <summary>Set of the ids that this job waits for. The double colon is RQ's.</summary>
    public string Dependencies(string id) => $"{Prefix}job::{id}:dependencies";

    /// <summary>Stream of the job's results, newest last.</summary>
    public string Results(string id) => $"{Prefix}results:{id}";

    /// <summary>Started registry: sorted set of <c>job:execution</c>, score = when the execution counts as abandoned.</summary>
    public string Started(string queue) => $"{Prefix}wip:{queue}";

    public string Finished(string queue) => $"{Prefix}finished:{queue}";

    public string Failed(string queue) => $"{Prefix}failed:{queue}";

    public string Deferred(string queue) => $"{Prefix}deferred:{queue}";

    public string Scheduled(string queue) => $"{Prefix}scheduled:{queue}";

    public string Canceled(string queue) => $"{Prefix}canceled:{queue}";

    /// <summary>Sorted set of jobs whose dependencies are met and that newer Python RQ is about to queue.</summary>
    public string Ready(string queue) => $"{Prefix}ready:{queue}";

    /// <summary>Set of the ids of a group's jobs.</summary>
    public string Group(string name) => $"{Prefix}group:{name}";

    /// <summary>List of ids that newer Python workers took off the queue and have not started yet.</summary>
    public string Intermediate(string queue) => $"{Queue(queue)}:intermediate";

    /// <summary>Ours: who does this piece of maintenance is elected for a period; the key lives as long as that.</summary>
    public string Cleaning(string piece) => $"{Prefix}cleaning:{piece}";

    /// <summary>
    /// Ours: what an entry of the queue's started registry follows in the key of a note, <c>score since</c> (ms): which score a cleaner
    /// saw there. Lives for some minutes.
    /// </summary>
    public string OverdueNotes(string queue) => $"{Prefix}cleaning:overdue:{queue}:";

    /// <summary>
    /// Ours: what a job id follows in the key of a note, <c>since enqueued_at</c> (unix time, s): since when a cleaner has seen this
    /// life of the job in the queue's intermediate list. Lives for two minutes.
    /// </summary>
    public string IntermediateNotes(string queue) => $"{Prefix}cleaning:seen:{queue}:";

    /// <summary>Lock of whoever prunes the registries of a queue.</summary>
    public string CleanRegistries(string queue) => $"{Prefix}clean_registries:{queue}";

    /// <summary>Hash of the worker.</summary>
    public string Worker(string name) => $"{Prefix}worker:{name}";

    /// <summary>Set of the full keys of the workers that listen on a queue.</summary>
    public string WorkersOf(string queue) => $"{Prefix}workers:{queue}";

    /// <summary>Set of <c>job:execution</c> that the worker runs.</summary>
    public string WorkerExecutions(string worker) => $"{Prefix}worker:{worker}:executions";

    /// <summary>Ours: list of ids that the idle worker's blocking pop moved off a queue; emptied by the take right behind it.</summary>
    public string Claims(string worker, string queue) => $"{Prefix}worker:{worker}:claims:{queue}";

    /// <summary>Hash of one execution.</summary>
    public string Execution(string id, string execution) => $"{Prefix}execution:{id}:{execution}";

    /// <summary>Sorted set of the execution ids of a job.</summary>
    public string Executions(string id) => $"{Prefix}executions:{id}";

    /// <summary>Ours: list of the log lines of a job, see <see cref="Jobs.LogLineText"/>.</summary>
    public string JobLog(string id) => $"{Prefix}job-log:{id}";

    /// <summary>Channel of the commands to one worker.</summary>
    public string Commands(string worker) => $"{Prefix}pubsub:{worker}";

    /// <summary>The name of the scheduler that moves the queue's scheduled jobs now (a process id with Python RQ before 2.10).</summary>
    public string SchedulerLock(string queue) => $"{Prefix}scheduler-lock:{queue}";

    /// <summary>Hash of the scheduler.</summary>
    public string Scheduler(string name) => $"{Prefix}scheduler:{name}";

    /// <summary>Hash of the cron scheduler.</summary>
    public string CronScheduler(string name) => $"{Prefix}cron_scheduler:{name}";

    /// <summary>Sorted set of the ids of the jobs of a cron schedule, score = when it was enqueued.</summary>
    public string CronJobs(string name) => $"{Prefix}cron_job:{name}:jobs";

    /// <summary>Ours: hash of the cron schedule.</summary>
    public string CronSchedule(string name) => $"{Prefix}cron-schedule:{name}";
}
