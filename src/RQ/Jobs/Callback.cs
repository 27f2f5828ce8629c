using RQ.Functions;

namespace RQ;

/// <summary>
/// A function that the worker calls when a job has ended. Only its name is stored, so it may live in Python or in .NET, wherever
/// the worker is. A .NET one takes what it needs, in any order: the <see cref="Job"/>, the <see cref="RqConnection"/>, a
/// <see cref="CancellationToken"/>, the <see cref="JobContext"/>, the <see cref="Exception"/> of a failure, and the result of a success as any other type.
/// </summary>
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
        return JobMethod.Problem(method.Method) is { } problem
            ? throw new ArgumentException($"'{JobMethod.FullName(method.Method)}' cannot be a callback: {problem}", nameof(method))
            : new Callback(JobMethod.NameOf(method.Method), timeout);
    }
}
