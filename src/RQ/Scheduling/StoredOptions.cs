using RQ.Jobs;
using RQ.Redis;
using RQ.Serialization;

namespace RQ.Scheduling;

/// <summary>Reads the options of a job back from its hash.</summary>
internal static class StoredOptions
{
    /// <exception cref="RqException">The metadata cannot be read.</exception>
    public static JobOptions Read(RqConnection rq, JobHash job, bool atFront, bool isDescribed) => Enqueueing(job, atFront) with
    {
        Timeout = Span(job.Timeout),
        ResultTtl = Span(job.ResultTtl),
        FailureTtl = Span(job.FailureTtl),
        Description = isDescribed ? job.Description : null,
        Meta = Job.ReadMeta(rq, job, PayloadKind.CronMeta) is { Count: > 0 } meta ? meta : null,
        Retry = RetryOf(job),
        OnSuccess = CallbackOf(job.SuccessCallback),
        OnFailure = CallbackOf(job.FailureCallback),
        OnStopped = CallbackOf(job.StoppedCallback),
        Webhooks = WebhookText.Read(job.Text(JobFields.Webhooks)) is { Count: > 0 } webhooks ? webhooks : null,
        OnAbandoned = job.OnAbandoned == "fail" ? AbandonedJob.Fail : AbandonedJob.Requeue,
    };

    /// <summary>Only what enqueueing asks for.</summary>
    public static JobOptions Enqueueing(JobHash job, bool atFront) => new()
    {
        Ttl = Span(job.Ttl),
        AtFront = atFront,
        Group = job.Text(JobFields.GroupId),
        RateLimit = job.RateLimit,
    };

    private static TimeSpan? Span(long? seconds) => seconds is { } known ? RqTime.FromSeconds(known) : null;

    private static Callback? CallbackOf(CallbackName? callback) => callback is null ? null : Callback.To(callback.Function, callback.Timeout);

    private static Retry? RetryOf(JobHash job)
    {
        if (job.RetriesLeft is not >= 1)
            return null;
        RetryRule? rule = RetryRule.Read(job.Text(JobFields.RetryRule));
        return new Retry(job.RetriesLeft.Value, [.. job.RetryIntervals.Select(seconds => TimeSpan.FromSeconds(seconds))])
        {
            AtFront = job.RetriesAtFront,
            Stored = rule,
            OnlyOn = TypesOf(rule?.Only),
            NeverOn = TypesOf(rule?.Never),
        };
    }

    // Those that this process has. A name with brackets or commas could have assemblies loaded, and whoever writes to the server writes the names.
    private static Type[] TypesOf(string[]? names) =>
        [.. (names ?? []).Where(name => name.AsSpan().IndexOfAny("[],") < 0).Select(name => AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(name)).FirstOrDefault(type => type is not null)).OfType<Type>()];
}
