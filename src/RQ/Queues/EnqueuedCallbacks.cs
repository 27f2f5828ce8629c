using System.Globalization;
using System.Security.Cryptography;
using RQ.Functions;
using RQ.Jobs;
using RQ.Redis.Transitions;

namespace RQ.Queues;

/// <summary>
/// Callbacks that are enqueued together with their job, as jobs of their own that wait for its end: so they are run by .NET workers
/// also when the job itself is run by Python. The counterpart when one of them runs is <see cref="Executions.CallbackJob"/>.
/// </summary>
internal static class EnqueuedCallbacks
{
    /// <summary>How long a job with such callbacks is kept after success, unless it says so itself: they may have to wait for a worker.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    /// <summary>Whether the job has such callbacks.</summary>
    public static bool Any(JobCall call, JobOptions options) =>
        IsJob(call, options.OnSuccess) || IsJob(call, options.OnFailure) || IsJob(call, options.OnStopped);

    /// <summary>What is written into the job's own hash: the callbacks that its worker calls itself, and how long it is kept for the others.</summary>
    public static JobOptions WithoutThem(JobCall call, JobOptions options) => options with
    {
        ResultTtl = options.ResultTtl ?? KeptFor,
        OnSuccess = IsJob(call, options.OnSuccess) ? null : options.OnSuccess,
        OnFailure = IsJob(call, options.OnFailure) ? null : options.OnFailure,
        OnStopped = IsJob(call, options.OnStopped) ? null : options.OnStopped,
    };

    /// <param name="queue">The job's queue.</param>
    /// <param name="jobId">The job's id.</param>
    /// <param name="token">The job's token; empty for none.</param>
    /// <param name="call">What the job calls.</param>
    /// <param name="options">The job's options.</param>
    /// <exception cref="ArgumentException">One of them could never be called; the message says why.</exception>
    public static IReadOnlyList<NewJob> Create(Queue queue, string jobId, string token, JobCall call, JobOptions options)
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
                jobs.Add(Create(queue, new CallbackLink(jobId, on, CallbackLink.ToEnqueue(token)), call, callback!, options.Serializer));
        }

        return jobs;
    }

    /// <summary>
    /// A callback that was released although its job has not come to its end (Python releases all) waits again, as another job; when the
    /// end has come meanwhile, that one is on its queue. Doing it twice changes nothing.
    /// </summary>
    /// <param name="callback">The callback that runs now, and vanishes.</param>
    /// <param name="function">What it calls.</param>
    /// <param name="link">Whose it is.</param>
    /// <returns>The id of the other job.</returns>
    public static async Task<string> WaitAgainAsync(Job callback, string function, CallbackLink link)
    {
        var home = new Queue(callback.Origin, callback.Connection, new QueueOptions { Serializer = callback.Serializer });
        NewJob again = Create(home, NextId(callback.Id, link), link, function, callback.Timeout ?? Callback.DefaultTimeout);
        try
        {
            await Enqueue.ExecuteAsync(callback.Connection, [again.Item]).ConfigureAwait(false);
        }
        catch (DuplicateJobException)
        {
            // It was stored before, by an execution that was lost then.
        }

        return again.Item.Id;
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
        // Another one for each enqueue: those of an earlier life of the job may still have to be called.
        string id = IdBegin(link) + RandomNumberGenerator.GetHexString(8, lowercase: true);
        return Create(home, id, link, callback.Function, callback.Timeout);
    }

    private static NewJob Create(Queue home, string id, CallbackLink link, string function, TimeSpan timeout) =>
        NewJob.Create(home, JobCall.To(function, link.JobId), new JobOptions
        {
            Id = id,
            Timeout = timeout,
            Unique = UniqueJob.WhileStored,
            ResultTtl = TimeSpan.Zero,
            DependsOn = new Dependency(link.JobId) { AllowFailure = true, IfUnmet = UnmetDependency.Run },
            Description = link.Describe(function),
            Callback = link,
        });

    // …-on-success-1a2b3c4d, …-on-success-1a2b3c4d-2, -3 and so on.
    private static string NextId(string id, CallbackLink link)
    {
        string begin = IdBegin(link);
        string[] parts = (id.StartsWith(begin, StringComparison.Ordinal) ? id[begin.Length..] : id).Split('-', 2);
        int number = parts.Length == 2 && int.TryParse(parts[1], CultureInfo.InvariantCulture, out int before) ? before + 1 : 2;
        return string.Create(CultureInfo.InvariantCulture, $"{begin}{parts[0]}-{number}");
    }

    private static string IdBegin(CallbackLink link) => $"{link.JobId}-on-{link.On.ToText()}-";

    private static ArgumentException Wrong(string option, string reason) =>
        new($"A callback that is a job of its own (Callback.AsJob, and each method that is a callback of a Python function) does not go together with {option}: {reason}");
}
