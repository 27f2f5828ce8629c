using System.Linq.Expressions;

namespace RQ;

/// <summary>
/// Enqueueing by lambda: <c>queue.EnqueueAsync(() =&gt; Words.CountAtUrl(url))</c>, at once, at a time (<c>EnqueueAtAsync</c>) or
/// after a while (<c>EnqueueInAsync</c>).
/// </summary>
public static class QueueLambdas
{
    /// <summary>
    /// Puts the call that a lambda makes on the queue: <c>() =&gt; Words.CountAtUrl(url)</c>. The method is not run here; its
    /// arguments are evaluated now. A <see cref="CancellationToken"/> or <see cref="JobContext"/> argument is filled in by the worker.
    /// </summary>
    /// <param name="queue">The queue.</param>
    /// <param name="call">One call of a static method.</param>
    /// <param name="options">How to run it; <c>null</c> means the defaults.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the job may be on the queue all the same.</param>
    /// <returns>The job, queued or deferred.</returns>
    /// <exception cref="ArgumentException">The method cannot be a job, or an option or argument cannot be stored; the message says why.</exception>
    /// <exception cref="JobIsRunningException">A job under the same <see cref="JobOptions.Id"/> runs now.</exception>
    public static Task<Job> EnqueueAsync(this IQueue queue, Expression<Action> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync(IQueue, Expression{Action}, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueAsync(this IQueue queue, Expression<Func<Task>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync(IQueue, Expression{Action}, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueAsync(this IQueue queue, Expression<Func<ValueTask>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync(IQueue, Expression{Action}, JobOptions?, CancellationToken)"/>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueAsync<T>(this IQueue queue, Expression<Func<T>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{T}(IQueue, Expression{Func{T}}, JobOptions?, CancellationToken)"/>
    public static Task<Job<T>> EnqueueAsync<T>(this IQueue queue, Expression<Func<Task<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{T}(IQueue, Expression{Func{T}}, JobOptions?, CancellationToken)"/>
    public static Task<Job<T>> EnqueueAsync<T>(this IQueue queue, Expression<Func<ValueTask<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), options, cancellationToken);

    /// <summary>
    /// Puts the call of an instance method on the queue: <c>(Mailer mailer) =&gt; mailer.Send(id)</c>. The worker makes the
    /// object for each run, from its service provider if it has one; nothing of an object of this process is stored.
    /// </summary>
    /// <typeparam name="TTarget">The type whose method is called.</typeparam>
    /// <param name="queue">The queue.</param>
    /// <param name="call">One call of a method of the lambda's parameter.</param>
    /// <param name="options">How to run it; <c>null</c> means the defaults.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the job may be on the queue all the same.</param>
    /// <returns>The job, queued or deferred.</returns>
    /// <exception cref="ArgumentException">The method cannot be a job, or an option or argument cannot be stored; the message says why.</exception>
    /// <exception cref="JobIsRunningException">A job under the same <see cref="JobOptions.Id"/> runs now.</exception>
    public static Task<Job> EnqueueAsync<TTarget>(this IQueue queue, Expression<Action<TTarget>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget}(IQueue, Expression{Action{TTarget}}, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueAsync<TTarget>(this IQueue queue, Expression<Func<TTarget, Task>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget}(IQueue, Expression{Action{TTarget}}, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueAsync<TTarget>(this IQueue queue, Expression<Func<TTarget, ValueTask>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget}(IQueue, Expression{Action{TTarget}}, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called.</typeparam>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueAsync<TTarget, T>(this IQueue queue, Expression<Func<TTarget, T>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget, T}(IQueue, Expression{Func{TTarget, T}}, JobOptions?, CancellationToken)"/>
    public static Task<Job<T>> EnqueueAsync<TTarget, T>(this IQueue queue, Expression<Func<TTarget, Task<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), options, cancellationToken);

    /// <inheritdoc cref="EnqueueAsync{TTarget, T}(IQueue, Expression{Func{TTarget, T}}, JobOptions?, CancellationToken)"/>
    public static Task<Job<T>> EnqueueAsync<TTarget, T>(this IQueue queue, Expression<Func<TTarget, ValueTask<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), options, cancellationToken);

    /// <summary>Schedules a call. The id and the hash appear together.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="due">When it is due. A job that waits for others too is queued when both are over. A scheduler must run: a worker with one (<see cref="WorkerOptions.WithScheduler"/>), a <see cref="Scheduler"/>, or Python's. A time that is past is at once.</param>
    /// <param name="call">What to run.</param>
    /// <param name="options">How; <c>null</c> means the defaults. Its own time counts for nothing here.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the job may be scheduled all the same.</param>
    /// <returns>The job: scheduled, or deferred.</returns>
    /// <exception cref="ArgumentException">An option or argument cannot be stored; nothing was written.</exception>
    public static Task<Job> EnqueueAtAsync(this IQueue queue, DateTimeOffset due, JobCall call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(call, At(due, options), cancellationToken);

    /// <inheritdoc cref="EnqueueAtAsync(IQueue, DateTimeOffset, JobCall, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueAtAsync(this IQueue queue, DateTimeOffset due, Expression<Action> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), At(due, options), cancellationToken);

    /// <inheritdoc cref="EnqueueAtAsync(IQueue, DateTimeOffset, JobCall, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueAtAsync(this IQueue queue, DateTimeOffset due, Expression<Func<Task>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), At(due, options), cancellationToken);

    /// <inheritdoc cref="EnqueueAtAsync(IQueue, DateTimeOffset, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueAtAsync<T>(this IQueue queue, DateTimeOffset due, Expression<Func<T>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), At(due, options), cancellationToken);

    /// <inheritdoc cref="EnqueueAtAsync(IQueue, DateTimeOffset, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueAtAsync<T>(this IQueue queue, DateTimeOffset due, Expression<Func<Task<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), At(due, options), cancellationToken);

    /// <inheritdoc cref="EnqueueAtAsync(IQueue, DateTimeOffset, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    public static Task<Job> EnqueueAtAsync<TTarget>(this IQueue queue, DateTimeOffset due, Expression<Action<TTarget>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), At(due, options), cancellationToken);

    /// <inheritdoc cref="EnqueueAtAsync(IQueue, DateTimeOffset, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    public static Task<Job> EnqueueAtAsync<TTarget>(this IQueue queue, DateTimeOffset due, Expression<Func<TTarget, Task>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), At(due, options), cancellationToken);

    /// <summary>Schedules a call. The id and the hash appear together.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="delay">How long from now it is due; see <see cref="EnqueueAtAsync(IQueue, DateTimeOffset, JobCall, JobOptions?, CancellationToken)"/>.</param>
    /// <param name="call">What to run.</param>
    /// <param name="options">How; <c>null</c> means the defaults. Its own time counts for nothing here.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the job may be scheduled all the same.</param>
    /// <returns>The job: scheduled, or deferred.</returns>
    /// <exception cref="ArgumentException">An option or argument cannot be stored; nothing was written.</exception>
    public static Task<Job> EnqueueInAsync(this IQueue queue, TimeSpan delay, JobCall call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(call, In(delay, options), cancellationToken);

    /// <inheritdoc cref="EnqueueInAsync(IQueue, TimeSpan, JobCall, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueInAsync(this IQueue queue, TimeSpan delay, Expression<Action> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), In(delay, options), cancellationToken);

    /// <inheritdoc cref="EnqueueInAsync(IQueue, TimeSpan, JobCall, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueInAsync(this IQueue queue, TimeSpan delay, Expression<Func<Task>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), In(delay, options), cancellationToken);

    /// <inheritdoc cref="EnqueueInAsync(IQueue, TimeSpan, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueInAsync<T>(this IQueue queue, TimeSpan delay, Expression<Func<T>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), In(delay, options), cancellationToken);

    /// <inheritdoc cref="EnqueueInAsync(IQueue, TimeSpan, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueInAsync<T>(this IQueue queue, TimeSpan delay, Expression<Func<Task<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), In(delay, options), cancellationToken);

    /// <inheritdoc cref="EnqueueInAsync(IQueue, TimeSpan, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    public static Task<Job> EnqueueInAsync<TTarget>(this IQueue queue, TimeSpan delay, Expression<Action<TTarget>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), In(delay, options), cancellationToken);

    /// <inheritdoc cref="EnqueueInAsync(IQueue, TimeSpan, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    public static Task<Job> EnqueueInAsync<TTarget>(this IQueue queue, TimeSpan delay, Expression<Func<TTarget, Task>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), In(delay, options), cancellationToken);

    /// <inheritdoc cref="EnqueueAtAsync(IQueue, DateTimeOffset, JobCall, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueAtAsync(this IQueue queue, DateTimeOffset due, Expression<Func<ValueTask>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), At(due, options), cancellationToken);

    /// <inheritdoc cref="EnqueueAtAsync(IQueue, DateTimeOffset, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueAtAsync<T>(this IQueue queue, DateTimeOffset due, Expression<Func<ValueTask<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), At(due, options), cancellationToken);

    /// <inheritdoc cref="EnqueueAtAsync(IQueue, DateTimeOffset, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    public static Task<Job> EnqueueAtAsync<TTarget>(this IQueue queue, DateTimeOffset due, Expression<Func<TTarget, ValueTask>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), At(due, options), cancellationToken);

    /// <inheritdoc cref="EnqueueAtAsync(IQueue, DateTimeOffset, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueAtAsync<TTarget, T>(this IQueue queue, DateTimeOffset due, Expression<Func<TTarget, T>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), At(due, options), cancellationToken);

    /// <inheritdoc cref="EnqueueAtAsync(IQueue, DateTimeOffset, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueAtAsync<TTarget, T>(this IQueue queue, DateTimeOffset due, Expression<Func<TTarget, Task<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), At(due, options), cancellationToken);

    /// <inheritdoc cref="EnqueueAtAsync(IQueue, DateTimeOffset, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueAtAsync<TTarget, T>(this IQueue queue, DateTimeOffset due, Expression<Func<TTarget, ValueTask<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), At(due, options), cancellationToken);

    /// <inheritdoc cref="EnqueueInAsync(IQueue, TimeSpan, JobCall, JobOptions?, CancellationToken)"/>
    public static Task<Job> EnqueueInAsync(this IQueue queue, TimeSpan delay, Expression<Func<ValueTask>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), In(delay, options), cancellationToken);

    /// <inheritdoc cref="EnqueueInAsync(IQueue, TimeSpan, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueInAsync<T>(this IQueue queue, TimeSpan delay, Expression<Func<ValueTask<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), In(delay, options), cancellationToken);

    /// <inheritdoc cref="EnqueueInAsync(IQueue, TimeSpan, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    public static Task<Job> EnqueueInAsync<TTarget>(this IQueue queue, TimeSpan delay, Expression<Func<TTarget, ValueTask>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync(JobCall.FromExpression(call), In(delay, options), cancellationToken);

    /// <inheritdoc cref="EnqueueInAsync(IQueue, TimeSpan, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueInAsync<TTarget, T>(this IQueue queue, TimeSpan delay, Expression<Func<TTarget, T>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), In(delay, options), cancellationToken);

    /// <inheritdoc cref="EnqueueInAsync(IQueue, TimeSpan, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueInAsync<TTarget, T>(this IQueue queue, TimeSpan delay, Expression<Func<TTarget, Task<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), In(delay, options), cancellationToken);

    /// <inheritdoc cref="EnqueueInAsync(IQueue, TimeSpan, JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    /// <typeparam name="T">The type that the method returns.</typeparam>
    public static Task<Job<T>> EnqueueInAsync<TTarget, T>(this IQueue queue, TimeSpan delay, Expression<Func<TTarget, ValueTask<T>>> call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.EnqueueAsync<T>(JobCall.FromExpression(call), In(delay, options), cancellationToken);

    private static JobOptions At(DateTimeOffset due, JobOptions? options) => (options ?? new JobOptions()) with { DueAt = due, DueIn = null };

    private static JobOptions In(TimeSpan delay, JobOptions? options) => (options ?? new JobOptions()) with { DueAt = null, DueIn = delay };
}
