using System.Linq.Expressions;

namespace RQ;

/// <summary>One of many jobs to be enqueued: what to run, and how. RQ's <c>Queue.prepare_data</c>.</summary>
/// <param name="Call">What to run.</param>
/// <param name="Options">How; <c>null</c> means the defaults.</param>
public sealed record JobRequest(JobCall Call, JobOptions? Options = null)
{
    /// <summary>The call that a lambda makes: <c>JobRequest.For(() =&gt; Words.CountAtUrl(url))</c>.</summary>
    /// <param name="call">One method call; see <see cref="JobCall.FromExpression"/>.</param>
    /// <param name="options">How; <c>null</c> means the defaults.</param>
    public static JobRequest For(Expression<Action> call, JobOptions? options = null) => new(JobCall.FromExpression(call), options);

    /// <inheritdoc cref="For(Expression{Action}, JobOptions?)"/>
    public static JobRequest For(Expression<Func<Task>> call, JobOptions? options = null) => new(JobCall.FromExpression(call), options);

    /// <inheritdoc cref="For(Expression{Action}, JobOptions?)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    public static JobRequest For<TTarget>(Expression<Action<TTarget>> call, JobOptions? options = null) => new(JobCall.FromExpression(call), options);

    /// <inheritdoc cref="For{TTarget}(Expression{Action{TTarget}}, JobOptions?)"/>
    public static JobRequest For<TTarget>(Expression<Func<TTarget, Task>> call, JobOptions? options = null) => new(JobCall.FromExpression(call), options);
}
