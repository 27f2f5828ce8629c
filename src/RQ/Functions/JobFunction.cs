using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using RQ.Serialization;

namespace RQ.Functions;

/// <summary>A method that jobs may call: how its arguments are bound, and how it is run.</summary>
internal sealed class JobFunction
{
    private readonly MethodInfo _method;
    private readonly object? _target;
    private readonly ParameterInfo[] _parameters;
    private readonly ParameterKind[] _kinds;
    private readonly int _kwargs;
    private readonly string[] _names;
    private readonly MethodInvoker _invoker;
    private readonly Func<object?, Task<object?>>? _await;
    private readonly bool _hasRedacted;

    /// <param name="name">The name that it is called by.</param>
    /// <param name="method">The method.</param>
    /// <param name="target">The object it is called on, for registered delegates; else one is made for each run.</param>
    public JobFunction(string name, MethodInfo method, object? target = null)
    {
        Name = name;
        _method = method;
        _target = target;
        _parameters = method.GetParameters();
        _kinds = Array.ConvertAll(_parameters, KindOf);
        _kwargs = Array.IndexOf(_kinds, ParameterKind.Kwargs);
        _names = Array.ConvertAll(_parameters, parameter => parameter.GetCustomAttribute<PythonKeywordAttribute>()?.Name ?? parameter.Name ?? "");
        _hasRedacted = Array.Exists(_parameters, JobMethod.IsRedacted);
        _invoker = MethodInvoker.Create(method);
        _await = Awaiter(method.ReturnType);
        Isolation = JobMethod.AttributeOf(method)?.Defaults.Isolation;
    }

    public string Name { get; }

    public MethodInfo Method => _method;

    /// <summary>Where it wants to run; <c>null</c> leaves that to the worker.</summary>
    public Isolation? Isolation { get; }

    public IReadOnlyList<ParameterInfo> Parameters => _parameters;

    /// <summary>Whether the method returns before its work is done. The others block a thread of the worker's.</summary>
    public bool IsAsynchronous => _await is not null;

    /// <summary>Whether the call's arguments could be meant for this method, judged by their number and names.</summary>
    public bool Accepts(CallData call)
    {
        (int least, int most) = JobMethod.ArgumentCount(_method);
        int given = call.Arguments.Count + call.KeywordArguments.Count;
        return given >= least && given <= most && (TakesAnyName || call.KeywordArguments.Keys.All(name => FindParameter(name) >= 0));
    }

    /// <summary>Makes the argument list: data bound to the parameters' types, defaults, and what the worker fills in.</summary>
    /// <exception cref="DataBindingException">The arguments do not fit; the message says which and why.</exception>
    public object?[] Bind(CallData call, JobContext context)
    {
        var bound = new object?[_parameters.Length];
        HashSet<string>? used = call.KeywordArguments.Count > 0 ? [] : null;
        int position = 0;
        for (int i = 0; i < _parameters.Length; i++)
        {
            ParameterInfo parameter = _parameters[i];
            if (_kinds[i] == ParameterKind.Token)
                bound[i] = context.CancellationToken;
            else if (_kinds[i] == ParameterKind.Context)
                bound[i] = context;
            else if (_kinds[i] == ParameterKind.Kwargs)
                continue;
            else if (_kinds[i] != ParameterKind.Keyword && position < call.Arguments.Count)
                bound[i] = _kinds[i] == ParameterKind.Rest ? BindRest(call, ref position, parameter) : BindOne(call.Arguments[position++], parameter);
            else if (used is not null && NamedArgument(call, _names[i], used, out object? named))
                bound[i] = BindOne(named, parameter);
            else if (_kinds[i] == ParameterKind.Rest)
                bound[i] = BindOne(Array.Empty<object?>(), parameter);
            else if (parameter.HasDefaultValue)
                bound[i] = DefaultOf(parameter);
            else
                throw Misfit(call, _kinds[i] == ParameterKind.Keyword ? $"the argument '{_names[i]}', which is passed by name, is missing" : $"the argument '{parameter.Name}' is missing");
        }

        if (position < call.Arguments.Count)
            throw Misfit(call, $"it takes {position} positional arguments, {call.Arguments.Count} were given");
        OrderedDictionary<object, object?>? others = used is null ? null : Others(call, used);
        if (TakesAnyName)
            bound[_kwargs] = BindOne(others ?? [], _parameters[_kwargs]);
        return bound;
    }

    private bool TakesAnyName => _kwargs >= 0;

    /// <summary>The arguments by name that no parameter has, as data; <c>null</c> when there are none.</summary>
    private OrderedDictionary<object, object?>? Others(CallData call, HashSet<string> used)
    {
        OrderedDictionary<object, object?>? others = null;
        foreach ((string name, object? value) in call.KeywordArguments)
        {
            if (used.Contains(name))
                continue;
            if (FindParameter(name) >= 0)
                throw Misfit(call, $"the argument '{name}' was given twice");
            if (!TakesAnyName)
                throw Misfit(call, $"it has no argument '{name}'");
            (others ??= []).Add(name, value);
        }

        return others;
    }

    /// <summary>Runs the method and waits for what it returns.</summary>
    /// <param name="arguments">From <see cref="Bind"/>.</param>
    /// <param name="services">Makes the object of an instance method; <c>null</c> uses its parameterless constructor.</param>
    public async ValueTask<object?> InvokeAsync(object?[] arguments, IServiceProvider? services)
    {
        object? target = MakeTarget(services, out bool isOwned);
        try
        {
            object? returned = _invoker.Invoke(target, arguments.AsSpan());
            return _await is null ? returned : await _await(returned).ConfigureAwait(false);
        }
        finally
        {
            if (isOwned)
                await DisposeAsync(target).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a method that is not asynchronous on the calling thread.</summary>
    public object? Invoke(object?[] arguments, IServiceProvider? services)
    {
        object? target = MakeTarget(services, out bool isOwned);
        try
        {
            return _invoker.Invoke(target, arguments.AsSpan());
        }
        finally
        {
            if (isOwned)
                DisposeAsync(target).AsTask().GetAwaiter().GetResult();
        }
    }

    private object? MakeTarget(IServiceProvider? services, out bool isOwned)
    {
        isOwned = false;
        if (_method.IsStatic || _target is not null)
            return _target;
        Type type = _method.DeclaringType!;
        if (services?.GetService(type) is { } service)
            return service;
        isOwned = true;
        return services is null ? Activator.CreateInstance(type) : ActivatorUtilities.CreateInstance(services, type);
    }

    private static async ValueTask DisposeAsync(object? target)
    {
        if (target is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        else if (target is IDisposable disposable)
            disposable.Dispose();
    }

    private object? BindOne(object? value, ParameterInfo parameter)
    {
        try
        {
            return DataBinder.Bind(value, parameter.ParameterType);
        }
        catch (DataBindingException) when (JobMethod.IsRedacted(parameter))
        {
            throw new DataBindingException($"'{Name}' cannot be called: its argument '{parameter.Name}', which is not shown, does not fit the type {parameter.ParameterType.Name}.");
        }
        catch (DataBindingException exception)
        {
            throw new DataBindingException($"'{Name}' cannot be called: its argument '{parameter.Name}{exception.Path}': {exception.Reason}", exception);
        }
    }

    // params: one collection in that place is the whole, as a lambda stores it; otherwise the rest of the arguments.
    private object? BindRest(CallData call, ref int position, ParameterInfo parameter)
    {
        int rest = call.Arguments.Count - position;
        if (rest == 1 && IsWhole(call.Arguments[position], parameter.ParameterType))
            return BindOne(call.Arguments[position++], parameter);
        var items = new List<object?>(rest);
        while (position < call.Arguments.Count)
            items.Add(call.Arguments[position++]);
        return BindOne(items, parameter);
    }

    private static bool IsWhole(object? data, Type type)
    {
        if (DataKind.Sequence(data) is not null || type.IsInstanceOfType(data))
            return true;
        Type item = CollectionBinder.ItemOf(type) ?? typeof(object);
        return data switch
        {
            // No item can be null.
            null => item.IsValueType && Nullable.GetUnderlyingType(item) is null,
            // Bytes are a text in JSON.
            byte[] or string => item == typeof(byte),
            IDictionary => false,
            // A set, as which an array is never stored. One of sets is stored as a list.
            IEnumerable => !type.IsArray && (item == typeof(string) || CollectionBinder.ItemOf(item) is null),
            _ => false,
        };
    }

    private static bool NamedArgument(CallData call, string parameter, HashSet<string> used, out object? value)
    {
        foreach ((string name, object? given) in call.KeywordArguments)
        {
            if (SameName(name, parameter))
            {
                used.Add(name);
                value = given;
                return true;
            }
        }

        value = null;
        return false;
    }

    private int FindParameter(string name) =>
        Array.FindIndex(_names, parameter => SameName(name, parameter)) is >= 0 and var at && _kinds[at] is ParameterKind.Data or ParameterKind.Rest or ParameterKind.Keyword ? at : -1;

    // Python writes user_id where C# writes userId.
    private static bool SameName(string given, string parameter) =>
        given == parameter || string.Equals(given.Replace("_", "", StringComparison.Ordinal), parameter, StringComparison.OrdinalIgnoreCase);

    public static object? DefaultOf(ParameterInfo parameter) =>
        ObjectParameter.DefaultOf(parameter) ?? (parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null
            ? RuntimeHelpers.GetUninitializedObject(parameter.ParameterType)
            : null);

    private DataBindingException Misfit(CallData call, string reason) =>
        new($"'{Name}' cannot be called with {Shown(call)}: {reason}. " +
            $"It is declared as {Signature()}.");

    // Which of the given values was meant for which parameter is not clear when they do not fit.
    private string Shown(CallData call) => _hasRedacted || SerializerSet.Hides(call.Serializer)
        ? $"{call.Arguments.Count} arguments by position and {call.KeywordArguments.Count} by name, which are not shown"
        : CallText.Describe(call.Function, call.Arguments, call.KeywordArguments, CallText.ShownLength);

    private string Signature() =>
        $"{_method.Name}({string.Join(", ", _parameters.Where(parameter => !JobMethod.IsInjected(parameter)).Select(parameter => $"{parameter.ParameterType.Name} {parameter.Name}"))})";

    private static Func<object?, Task<object?>>? Awaiter(Type type)
    {
        if (type == typeof(Task))
            return AwaitTask;
        if (type == typeof(ValueTask))
            return returned => AwaitTask(((ValueTask)returned!).AsTask());
        if (!type.IsGenericType)
            return null;
        string? helper = type.GetGenericTypeDefinition() == typeof(Task<>) ? nameof(AwaitTaskOf)
            : type.GetGenericTypeDefinition() == typeof(ValueTask<>) ? nameof(AwaitValueTaskOf)
            : null;
        return helper is null
            ? null
            : typeof(JobFunction).GetMethod(helper, BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(type.GetGenericArguments()).CreateDelegate<Func<object?, Task<object?>>>();
    }

    private static ParameterKind KindOf(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(CancellationToken) ? ParameterKind.Token
        : parameter.ParameterType == typeof(JobContext) ? ParameterKind.Context
        : JobMethod.IsRest(parameter) ? ParameterKind.Rest
        : JobMethod.IsKwargs(parameter) ? ParameterKind.Kwargs
        : parameter.IsDefined(typeof(PythonKeywordAttribute), inherit: false) ? ParameterKind.Keyword
        : ParameterKind.Data;

    private static async Task<object?> AwaitTask(object? task)
    {
        if (task is not null)
            await ((Task)task).ConfigureAwait(false);
        return null;
    }

    private static async Task<object?> AwaitTaskOf<T>(object? task) => task is null ? null : await ((Task<T>)task).ConfigureAwait(false);

    private static async Task<object?> AwaitValueTaskOf<T>(object? task) => await ((ValueTask<T>)task!).ConfigureAwait(false);

    /// <summary>Where the value of a parameter comes from.</summary>
    private enum ParameterKind
    {
        Data,
        Rest,
        Keyword,
        Kwargs,
        Token,
        Context,
    }
}
