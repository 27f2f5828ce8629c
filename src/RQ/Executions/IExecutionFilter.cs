namespace RQ;

/// <summary>
/// Code around the run of every job of a worker, see <see cref="WorkerOptions.ExecutionFilters"/>. It runs inside the job's time
/// limit and its service scope; callbacks come after it.
/// </summary>
public interface IExecutionFilter
{
    /// <summary>Runs the rest: the filters that follow, and the function.</summary>
    /// <param name="context">
    /// The job. After <paramref name="next"/> its <see cref="JobContext.ReturnValue"/> is what the function returned; setting it
    /// replaces that.
    /// </param>
    /// <param name="next">
    /// Runs the rest. An exception of the function comes out of it; whatever exception leaves the filter fails the job. A filter
    /// that does not call it, or that swallows its exception, must set <see cref="JobContext.ReturnValue"/>, or the job fails.
    /// Called again it runs the rest again.
    /// </param>
#pragma warning disable CA1716 // What .NET's middleware calls it.
    ValueTask ExecuteAsync(JobContext context, Func<ValueTask> next);
#pragma warning restore CA1716
}
