using System.Collections;
using System.Runtime.CompilerServices;

namespace RQ;

/// <summary>The jobs that a job waits for.</summary>
[CollectionBuilder(typeof(Dependency), nameof(Create))]
public sealed class Dependency : IReadOnlyList<JobReference>
{
    private readonly JobReference[] _jobs;

    /// <summary>Names the jobs.</summary>
    /// <param name="jobs">Jobs, or their ids. An id that does not exist counts as met.</param>
    /// <exception cref="ArgumentException">No job is named.</exception>
    public Dependency(params ReadOnlySpan<JobReference> jobs)
    {
        if (jobs.IsEmpty)
            throw new ArgumentException("A dependency needs at least one job. Leave JobOptions.DependsOn null for none.", nameof(jobs));
        _jobs = jobs.ToArray();
    }

    /// <summary>Whether the jobs may also have failed. Default: <c>false</c>; then the job waits until a failed one was run again and finished.</summary>
    public bool AllowFailure { get; init; }

    /// <summary>
    /// What happens to the job when one of those it waits for ended without success: failed (unless <see cref="AllowFailure"/>),
    /// was stopped or was canceled. Default: <see cref="UnmetDependency.Wait"/>, as in RQ. Judged by .NET workers and clients only.
    /// </summary>
    public UnmetDependency IfUnmet { get; init; }

    /// <summary>Whether the job goes to the head of its queue when it is released. Default: <c>false</c>.</summary>
    public bool AtFront { get; init; }

    /// <summary>How many jobs are waited for.</summary>
    public int Count => _jobs.Length;

    /// <summary>One of the jobs, in the order given.</summary>
    /// <param name="index">Counted from 0.</param>
    public JobReference this[int index] => _jobs[index];

    /// <summary>Makes <c>DependsOn = [job, "id"]</c> work.</summary>
    /// <param name="jobs">The jobs.</param>
    public static Dependency Create(ReadOnlySpan<JobReference> jobs) => new(jobs);

    /// <inheritdoc/>
    public IEnumerator<JobReference> GetEnumerator() => ((IEnumerable<JobReference>)_jobs).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _jobs.GetEnumerator();
}

/// <summary>What happens to a job when one that it waits for ended without success.</summary>
public enum UnmetDependency
{
    /// <summary>It stays deferred, until the other one was run again and finished, or somebody cancels it.</summary>
    Wait,

    /// <summary>It is run all the same.</summary>
    Run,

    /// <summary>It fails, with the other one as the reason; and so do those that wait for it and say the same.</summary>
    Fail,

    /// <summary>It is canceled; and so are those that wait for it and say the same.</summary>
    Cancel,
}

/// <summary>The texts of <see cref="UnmetDependency"/> in Redis; none means wait.</summary>
internal static class UnmetDependencyText
{
    public static string? ToText(this UnmetDependency policy) => policy switch
    {
        UnmetDependency.Run => "run",
        UnmetDependency.Fail => "fail",
        UnmetDependency.Cancel => "cancel",
        _ => null,
    };
}

/// <summary>A job named by itself or by its id.</summary>
/// <param name="Id">The id.</param>
public readonly record struct JobReference(string Id)
{
    /// <summary>Where the job is, when that is known.</summary>
    internal RqConnection? Connection { get; init; }

    /// <summary>Whether both name the same job.</summary>
    /// <param name="other">The other one.</param>
    public bool Equals(JobReference other) => other.Id == Id;

    /// <inheritdoc/>
    public override int GetHashCode() => (Id ?? "").GetHashCode(StringComparison.Ordinal);

    /// <summary>Names a job.</summary>
    /// <param name="job">The job.</param>
    public static implicit operator JobReference(Job job) => FromJob(job);

    /// <summary>Names a job by its id.</summary>
    /// <param name="id">The id.</param>
    public static implicit operator JobReference(string id) => new(id);

    /// <summary>Names a job.</summary>
    /// <param name="job">The job.</param>
    public static JobReference FromJob(Job job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return new JobReference(job.Id) { Connection = job.IsStored ? job.Connection : null };
    }
}
