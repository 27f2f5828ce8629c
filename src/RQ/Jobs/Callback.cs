using System.Reflection;
using RQ.Functions;

namespace RQ;

/// <summary>
/// A function that the worker calls when a job has ended. Only its name is stored, so it may live in Python or in .NET, wherever
/// the worker is. A .NET one takes what it needs, in any order: the <see cref="Job"/>, the <see cref="RqConnection"/>, a
/// <see cref="CancellationToken"/>, the <see cref="JobContext"/>, the <see cref="Exception"/> of a failure, and the result of a success as any other type.
/// </summary>
/// <remarks>
/// A .NET worker that does not know the name hands the callback over, as a job of its own that others can take: see
/// <see cref="WorkerOptions.UnknownCallback"/>. Python's workers do not, so for what they run see <see cref="AsJob"/>.
/// </remarks>
public sealed class Callback
{
    private Callback(string function, TimeSpan? timeout)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(function);
        if (timeout <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "A callback's time limit must be above zero.");
        Function = function;
        Timeout = timeout ?? DefaultTimeout;
    }

    /// <summary>RQ's time limit, 60 s.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromSeconds(60);

    /// <summary>The name under which workers look the function up, such as <c>my_package.callbacks.done</c> or <c>Billing.Callbacks.Done</c>.</summary>
    public string Function { get; }

    /// <summary>How long it may take. Written in whole seconds, rounded up. Default 60 s.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Whether it is enqueued together with its job, see <see cref="AsJob"/>. Default: <c>false</c>, the job's worker calls it.</summary>
    public bool IsJob { get; private init; }

    /// <summary>The queue that <see cref="AsJob"/> was given; <c>null</c> for none.</summary>
    public string? Queue { get; private init; }

    /// <summary>The method of ours that it names; <c>null</c> when it was made with a name, or names a Python function.</summary>
    internal MethodInfo? Method { get; private init; }

    /// <summary>Whether it was made from a stub of a Python function.</summary>
    internal bool IsPython { get; private init; }

    /// <summary>Names a function.</summary>
    /// <param name="function">The name.</param>
    /// <param name="timeout">How long it may take; default 60 s.</param>
    /// <exception cref="ArgumentException">The name is blank, or the time is not above zero.</exception>
    public static Callback To(string function, TimeSpan? timeout = null) => new(function, timeout);

    /// <summary>Names a method: <c>Callback.To(Orders.Done)</c>.</summary>
    /// <param name="method">A method of a type; it is not called here. Of an instance method's object nothing is stored: the worker makes one.</param>
    /// <param name="timeout">How long it may take; default 60 s.</param>
    /// <exception cref="ArgumentException">It is a lambda or a local function, or it cannot be called from stored data.</exception>
    public static Callback To(Delegate method, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(method);
        if (PythonStub.NameOf(method.Method) is { } python)
            return new Callback(python, timeout) { IsPython = true };
        if (JobMethod.IsBound(method))
        {
            throw new ArgumentException(
                $"'{JobMethod.FullName(method.Method)}' cannot be a callback: it is bound to its first argument, as an extension method is that is taken from a value, and of that nothing is " +
                $"stored. Name the method by its type: Callback.To({method.Method.DeclaringType?.Name}.{method.Method.Name}).", nameof(method));
        }

        MethodInfo called = JobMethod.On(method.Method, method.Target?.GetType());
        return JobMethod.Problem(called) is { } problem
            ? throw new ArgumentException($"'{JobMethod.FullName(method.Method)}' cannot be a callback: {problem}", nameof(method))
            : new Callback(JobMethod.NameOf(called), timeout) { Method = called };
    }

    /// <summary>
    /// The same callback as a job of its own, for jobs that Python's workers run and whose callback is .NET's (a method that is a
    /// callback of a Python stub is so by itself, when its queue is known). It is enqueued together with the job, in one step, under an id
    /// that begins with <c>{job id}-on-success</c>, <c>-on-failure</c> or <c>-on-stopped</c>, waits until the job comes to the end it is for, whoever
    /// runs it, and is then called. Of a job that failed or was stopped the others wait on, since it may be requeued; when it has finished they vanish. The <see cref="Job"/> that it takes is the one that ended, the exception is a
    /// <see cref="JobFailedException"/> with the text that was stored. A failure counts when no retry is left.
    /// </summary>
    /// <param name="queue">
    /// The queue, which .NET workers must serve and Python's must not: they would fail it. Default: the one that the method's
    /// <see cref="JobAttribute.Queue"/> names, else that of the job.
    /// </param>
    /// <returns>A new callback; this one stays as it is.</returns>
    /// <remarks>
    /// The job must be kept until the callback has run: when it is gone by then, the callback fails and says so. A job with such callbacks and
    /// without a <see cref="JobOptions.ResultTtl"/> of its own is kept for a day after success. Nothing is called when it was canceled or deleted;
    /// one that is put back on its queue by hand before its callback has run calls it after its next end. Only a .NET worker may run the callback, also when it is one by name. Cron schedules, jobs that repeat, and jobs
    /// that are not kept at all do not take such callbacks: enqueueing them fails with an <see cref="ArgumentException"/>.
    /// A queue whose jobs are run by their caller (<see cref="QueueOptions.IsAsync"/>) calls it as any other.
    /// </remarks>
    /// <exception cref="ArgumentException">The queue's name is empty.</exception>
    /// <exception cref="InvalidOperationException">It was made from a stub of a Python function.</exception>
    public Callback AsJob(string? queue = null)
    {
        if (IsPython)
        {
            throw new InvalidOperationException(
                $"'{Function}' is a Python function, and a callback that is a job of its own (AsJob) is one of .NET. Leave AsJob out: Python's workers call it " +
                "themselves, and .NET's hand it over (WorkerOptions.UnknownCallback).");
        }

        if (queue is not null)
            ArgumentException.ThrowIfNullOrEmpty(queue);
        return new Callback(Function, Timeout) { Method = Method, IsJob = true, Queue = queue ?? Queue };
    }
}
