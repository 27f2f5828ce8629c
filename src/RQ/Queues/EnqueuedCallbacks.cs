using RQ.Functions;
using RQ.Jobs;

namespace RQ.Queues;

/// <summary>
/// Callbacks that are enqueued together with their job, as jobs of their own that wait for its end: so they are run by .NET workers
/// also when the job itself is run by Python. The counterpart when one of them runs is <see cref="Executions.CallbackJob"/>.
/// </summary>
internal static class EnqueuedCallbacks
{
    /// <summary>Whether the job has such callbacks.</summary>
    public static bool Any(JobCall call, JobOptions options) =>
        IsJob(call, options.OnSuccess) || IsJob(call, options.OnFailure) || IsJob(call, options.OnStopped);

    /// <summary>What is written into the job's own hash: the callbacks that its worker calls itself.</summary>
    public static JobOptions WithoutThem(JobCall call, JobOptions options) => options with
    {
        OnSuccess = IsJob(call, options.OnSuccess) ? null : options.OnSuccess,
        OnFailure = IsJob(call, options.OnFailure) ? null : options.OnFailure,
        OnStopped = IsJob(call, options.OnStopped) ? null : options.OnStopped,
    };

    /// <exception cref="ArgumentException">One of them could never be called; the message says why.</exception>
    public static IReadOnlyList<NewJob> Create(Queue queue, string jobId, JobCall call, JobOptions options)
    {
        if (options.Repeat is not null)
            throw Wrong("JobOptions.Repeat", "such a callback is called once, after the job's end, and a job that repeats has many. Let the function enqueue what is to follow.");
        if (IsJob(call, options.OnSuccess) && options.ResultTtl == TimeSpan.Zero)
            throw Wrong("a JobOptions.ResultTtl of zero", "the callback reads the job's result. Keep it for as long as the callback may have to wait.");
        if ((IsJob(call, options.OnFailure) || IsJob(call, options.OnStopped)) && options.FailureTtl == TimeSpan.Zero)
            throw Wrong("a JobOptions.FailureTtl of zero", "the callback reads how the job ended. Keep it for as long as the callback may have to wait.");
        var jobs = new List<NewJob>(3);
        foreach ((Callback? callback, CallbackEvent on) in new[]
        {
            (options.OnSuccess, CallbackEvent.Success), (options.OnFailure, CallbackEvent.Failure), (options.OnStopped, CallbackEvent.Stopped),
        })
        {
            if (IsJob(call, callback))
                jobs.Add(Create(queue, new CallbackLink(jobId, on), call, callback!, options.Serializer));
        }

        return jobs;
    }

    // Python cannot call a method of ours, so behind a stub it has to be a job.
    private static bool IsJob(JobCall call, Callback? callback) => callback is { IsJob: true } || (call.IsPython && callback?.Method is not null);

    private static NewJob Create(Queue queue, CallbackLink link, JobCall call, Callback callback, JobSerializer? serializer)
    {
        string? name = callback.Queue ?? (callback.Method is { } method ? JobMethod.AttributeOf(method)?.Queue : null) ?? (callback.IsJob ? queue.Name : null);
        if (name is null)
        {
            throw new ArgumentException(
                $"'{call.Function}' is run by Python, which cannot call '{callback.Function}' and would fail it as a job of its own too. Say on which queue .NET workers " +
                $"take it: Callback.To(…).AsJob(\"queue\"), or [Job(Queue = \"queue\")] on the method.");
        }

        var home = new Queue(name, queue.Connection, new QueueOptions { Serializer = serializer ?? queue.Serializer });
        return NewJob.Create(home, JobCall.To(callback.Function, link.JobId), new JobOptions
        {
            Id = $"{link.JobId}-on-{link.On.ToText()}",
            Timeout = callback.Timeout,
            ResultTtl = TimeSpan.Zero,
            DependsOn = new Dependency(link.JobId) { AllowFailure = true, IfUnmet = UnmetDependency.Run },
            Description = link.Describe(callback.Function),
            Callback = link,
        });
    }

    private static ArgumentException Wrong(string option, string reason) =>
        new($"A callback that is a job of its own (Callback.AsJob, and each method that is a callback of a Python function) does not go together with {option}: {reason}");
}
