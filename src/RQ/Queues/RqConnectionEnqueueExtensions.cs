using System.Linq.Expressions;
using RQ.Functions;

namespace RQ;

/// <summary>
/// Enqueues calls on the queue that the method's <see cref="JobAttribute.Queue"/> names, else on <c>"default"</c>: what RQ's
/// <c>f.delay(…)</c> does.
/// </summary>
public static class RqConnectionEnqueueExtensions
{
    /// <summary>
    /// Puts the call that a lambda makes on its method's queue: <c>() =&gt; Words.CountAtUrl(url)</c>. The method is not run here; its
    /// arguments are evaluated now. A <see cref="CancellationToken"/> or <see cref="JobContext"/> argument is filled in by the worker.
    /// </summary>
    /// <param name="rq">Where the queue is.</param>
    /// <param name="call">One call of a static method.</param>
    /// <param name="options">How to run it, over what the attribute says; <c>null</c> means that alone.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the job may be on the queue all the same.</param>
    /// <returns>The job, queued or deferred.</returns>
    /// <exception cref="ArgumentException">The method cannot be a job, or an option or argument cannot be stored; the message says why.</exception>
    /// <exception cref="JobIsRunningException">A job under the same <see cref="JobOptions.Id"/> runs now.</exception>
    public static Task<Job> EnqueueAsync(this RqConnection rq, Expression<Action> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        QueueOf(rq, call).EnqueueAsync(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync(RqConnection, Expression{Action}, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueAsync(this RqConnection rq, Expression<Func<Task>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        QueueOf(rq, call).EnqueueAsync(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync(RqConnection, Expression{Action}, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueAsync(this RqConnection rq, Expression<Func<ValueTask>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        QueueOf(rq, call).EnqueueAsync(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync(RqConnection, Expression{Action}, JobOptions?, CancellationToken)"/>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueAsync<T>(this RqConnection rq, Expression<Func<T>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        QueueOf(rq, call).EnqueueAsync(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{T}(RqConnection, Expression{Func{T}}, JobOptions?, CancellationToken)"/>
    public static Task<Job<T>> EnqueueAsync<T>(this RqConnection rq, Expression<Func<Task<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        QueueOf(rq, call).EnqueueAsync(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{T}(RqConnection, Expression{Func{T}}, JobOptions?, CancellationToken)"/>
    public static Task<Job<T>> EnqueueAsync<T>(this RqConnection rq, Expression<Func<ValueTask<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        QueueOf(rq, call).EnqueueAsync(call, options, cancellationToken);

    /// <summary>
    /// Puts the call of an instance method on that method's queue: <c>(Mailer mailer) =&gt; mailer.Send(id)</c>. The worker makes the
    /// object for each run, from its service provider if it has one; nothing of an object of this process is stored.
    /// </summary>
    /// <typeparam name="TTarget">The type whose method is called.</typeparam>
    /// <param name="rq">Where the queue is.</param>
    /// <param name="call">One call of a method of the lambda's parameter.</param>
    /// <param name="options">How to run it, over what the attribute says; <c>null</c> means that alone.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the job may be on the queue all the same.</param>
    /// <returns>The job, queued or deferred.</returns>
    /// <exception cref="ArgumentException">The method cannot be a job, or an option or argument cannot be stored; the message says why.</exception>
    /// <exception cref="JobIsRunningException">A job under the same <see cref="JobOptions.Id"/> runs now.</exception>
    public static Task<Job> EnqueueAsync<TTarget>(this RqConnection rq, Expression<Action<TTarget>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        QueueOf(rq, call).EnqueueAsync(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget}(RqConnection, Expression{Action{TTarget}}, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueAsync<TTarget>(this RqConnection rq, Expression<Func<TTarget, Task>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        QueueOf(rq, call).EnqueueAsync(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget}(RqConnection, Expression{Action{TTarget}}, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueAsync<TTarget>(this RqConnection rq, Expression<Func<TTarget, ValueTask>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        QueueOf(rq, call).EnqueueAsync(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget}(RqConnection, Expression{Action{TTarget}}, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called.</typeparam>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueAsync<TTarget, T>(this RqConnection rq, Expression<Func<TTarget, T>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        QueueOf(rq, call).EnqueueAsync(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget, T}(RqConnection, Expression{Func{TTarget, T}}, JobOptions?, CancellationToken)"/>
    public static Task<Job<T>> EnqueueAsync<TTarget, T>(this RqConnection rq, Expression<Func<TTarget, Task<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        QueueOf(rq, call).EnqueueAsync(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget, T}(RqConnection, Expression{Func{TTarget, T}}, JobOptions?, CancellationToken)"/>
    public static Task<Job<T>> EnqueueAsync<TTarget, T>(this RqConnection rq, Expression<Func<TTarget, ValueTask<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        QueueOf(rq, call).EnqueueAsync(call, options, cancellationToken);

    private static Queue QueueOf(RqConnection rq, LambdaExpression call)
    {
        ArgumentNullException.ThrowIfNull(rq);
        return new Queue(CallExpression.QueueOf(call) ?? Queue.DefaultName, rq);
    }
}
