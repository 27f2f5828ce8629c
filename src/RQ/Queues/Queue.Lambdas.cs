using System.Linq.Expressions;
using RQ.Jobs;

namespace RQ;

public sealed partial class Queue
{
    /// <summary>
    /// Puts the call that a lambda makes on the queue: <c>() =&gt; Words.CountAtUrl(url)</c>. The method is not run here; its
    /// arguments are evaluated now. A <see cref="CancellationToken"/> or <see cref="JobContext"/> argument is filled in by the worker.
    /// </summary>
    /// <param name="call">One call of a static method.</param>
    /// <param name="options">How to run it; <c>null</c> means the defaults.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the job may be on the queue all the same.</param>
    /// <returns>The job, queued or deferred.</returns>
    /// <exception cref="ArgumentException">The method cannot be a job, or an option or argument cannot be stored; the message says why.</exception>
    /// <exception cref="JobIsRunningException">A job under the same <see cref="JobOptions.Id"/> runs now.</exception>
    public Task<Job> EnqueueAsync(Expression<Action> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        EnqueueAsync(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync(Expression{Action}, JobOptions?, CancellationToken)"/>
    public Task<Job> EnqueueAsync(Expression<Func<Task>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        EnqueueAsync(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync(Expression{Action}, JobOptions?, CancellationToken)"/>
    public Task<Job> EnqueueAsync(Expression<Func<ValueTask>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        EnqueueAsync(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync(Expression{Action}, JobOptions?, CancellationToken)"/>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public Task<Job<T>> EnqueueAsync<T>(Expression<Func<T>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        StoreTypedAsync<T>(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{T}(Expression{Func{T}}, JobOptions?, CancellationToken)"/>
    public Task<Job<T>> EnqueueAsync<T>(Expression<Func<Task<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        StoreTypedAsync<T>(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{T}(Expression{Func{T}}, JobOptions?, CancellationToken)"/>
    public Task<Job<T>> EnqueueAsync<T>(Expression<Func<ValueTask<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        StoreTypedAsync<T>(call, options, cancellationToken);

    /// <summary>
    /// Puts the call of an instance method on the queue: <c>(Mailer mailer) =&gt; mailer.Send(id)</c>. The worker makes the
    /// object for each run, from its service provider if it has one; nothing of an object of this process is stored.
    /// </summary>
    /// <typeparam name="TTarget">The type whose method is called.</typeparam>
    /// <param name="call">One call of a method of the lambda's parameter.</param>
    /// <param name="options">How to run it; <c>null</c> means the defaults.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the job may be on the queue all the same.</param>
    /// <returns>The job, queued or deferred.</returns>
    /// <exception cref="ArgumentException">The method cannot be a job, or an option or argument cannot be stored; the message says why.</exception>
    /// <exception cref="JobIsRunningException">A job under the same <see cref="JobOptions.Id"/> runs now.</exception>
    public Task<Job> EnqueueAsync<TTarget>(Expression<Action<TTarget>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        EnqueueAsync(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget}(Expression{Action{TTarget}}, JobOptions?, CancellationToken)"/>
    public Task<Job> EnqueueAsync<TTarget>(Expression<Func<TTarget, Task>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        EnqueueAsync(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget}(Expression{Action{TTarget}}, JobOptions?, CancellationToken)"/>
    public Task<Job> EnqueueAsync<TTarget>(Expression<Func<TTarget, ValueTask>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        EnqueueAsync(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget}(Expression{Action{TTarget}}, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called.</typeparam>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public Task<Job<T>> EnqueueAsync<TTarget, T>(Expression<Func<TTarget, T>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        StoreTypedAsync<T>(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget, T}(Expression{Func{TTarget, T}}, JobOptions?, CancellationToken)"/>
    public Task<Job<T>> EnqueueAsync<TTarget, T>(Expression<Func<TTarget, Task<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        StoreTypedAsync<T>(call, options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget, T}(Expression{Func{TTarget, T}}, JobOptions?, CancellationToken)"/>
    public Task<Job<T>> EnqueueAsync<TTarget, T>(Expression<Func<TTarget, ValueTask<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        StoreTypedAsync<T>(call, options, cancellationToken);

    private async Task<Job<T>> StoreTypedAsync<T>(LambdaExpression call, JobOptions? options, CancellationToken cancellationToken) =>
        new(Connection, await StoreAsync(JobCall.FromExpression(call), options, cancellationToken).ConfigureAwait(false));
}
