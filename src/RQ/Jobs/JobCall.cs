using System.Linq.Expressions;
using RQ.Functions;

namespace RQ;

/// <summary>What a job runs: the name of a function, and the arguments for it.</summary>
public sealed class JobCall
{
    private JobCall(string function, IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> keywordArguments)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(function);
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(keywordArguments);
        Function = function;
        Arguments = arguments;
        KeywordArguments = keywordArguments;
    }

    /// <summary>The name under which workers look the function up, such as <c>my_package.my_module.my_func</c> or <c>Billing.Invoices.Send</c>.</summary>
    public string Function { get; }

    /// <summary>The arguments by position.</summary>
    public IReadOnlyList<object?> Arguments { get; }

    /// <summary>The arguments by name.</summary>
    public IReadOnlyDictionary<string, object?> KeywordArguments { get; }

    /// <summary>What the method's attribute says; <c>null</c> when it has none, or when the call was made by name.</summary>
    internal JobAttribute? Method { get; private init; }

    /// <summary>Whether it was made with the stub of a Python function, so that a Python worker is to run it.</summary>
    internal bool IsPython { get; private init; }

    /// <summary>The call for people when some of its arguments are not to be shown (<see cref="RedactedAttribute"/>); <c>null</c> for most.</summary>
    internal string? RedactedText { get; private init; }

    /// <summary>The same call, of which is known that some of its arguments are not to be shown.</summary>
    internal JobCall Redacted(string text) => new(Function, Arguments, KeywordArguments) { Method = Method, IsPython = IsPython, RedactedText = text };

    /// <summary>A call by name: it runs wherever a worker knows the name, in Python or in .NET.</summary>
    /// <param name="function">The name, such as <c>"my_package.my_module.my_func"</c>.</param>
    /// <param name="arguments">The arguments by position.</param>
    public static JobCall To(string function, params object?[] arguments) =>
        new(function, arguments ?? [null], System.Collections.ObjectModel.ReadOnlyDictionary<string, object?>.Empty);

    /// <summary>A call by name with arguments by name.</summary>
    /// <param name="function">The name, such as <c>"my_package.my_module.my_func"</c>.</param>
    /// <param name="arguments">The arguments by position.</param>
    /// <param name="keywordArguments">The arguments by name.</param>
    public static JobCall To(string function, IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> keywordArguments) =>
        new(function, arguments, keywordArguments);

    /// <summary>
    /// The call that a lambda makes. It is not run: its method is named, its arguments are evaluated now. The method may be the stub of
    /// a Python function (<see cref="PythonFunctionAttribute"/>).
    /// Arguments of type <see cref="CancellationToken"/> and <see cref="JobContext"/> are left out; the worker fills them in.
    /// </summary>
    /// <param name="call">A lambda of one method call, such as <c>() =&gt; Words.CountAtUrl(url)</c>.</param>
    /// <remarks>Options on the method's <see cref="JobAttribute"/> hold for the call wherever it is enqueued.</remarks>
    /// <exception cref="ArgumentException">The lambda is something else, or its method cannot be a job; the message says why.</exception>
    public static JobCall FromExpression(LambdaExpression call) => CallExpression.Read(call);

    internal static JobCall To(CalledMethod method, CallArguments arguments, CallArguments? shown = null) => new(method.Name, arguments.Positional, arguments.Named)
    {
        RedactedText = shown is null ? null : CallText.Describe(method.Name, shown.Positional, shown.Named, CallText.ShownLength),
        Method = method.Attribute,
        IsPython = method.IsStub,
    };

    /// <summary>The call as people read it, in Python's notation; values that are <see cref="RedactedAttribute"/> are <c>***</c>.</summary>
    public override string ToString() => CallText.Describe(this, int.MaxValue);
}
