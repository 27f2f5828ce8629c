using System.Collections.Concurrent;
using System.Reflection;
using RQ.Functions;
using RQ.Serialization;

namespace RQ;

/// <summary>
/// The functions that jobs may call, and nothing else can be called: methods marked <see cref="JobAttribute"/>, functions
/// registered here, and public methods of the job assemblies handed over here. Whoever can write to Redis can ask for a
/// function by name, so hand over assemblies whose public methods you would let them call. Stubs of Python functions
/// (<see cref="PythonFunctionAttribute"/>) are never among them; to run such a call here, <see cref="Add"/> a function of its name.
/// </summary>
public sealed class JobFunctions
{
    private readonly ConcurrentDictionary<string, JobFunction> _added = new();
    private readonly Dictionary<string, List<JobFunction>> _marked = [];
    private readonly ConcurrentDictionary<string, IReadOnlyList<JobFunction>> _resolved = new();
    private readonly ConcurrentDictionary<string, string> _unreadable = new();
    private readonly UnknownNames _unknown = new();
    private int _searches;
    private readonly HashSet<Assembly> _scanned = [];
    private readonly List<MethodInfo> _scheduled = [];
    private readonly List<Assembly> _jobAssemblies = [];
    private readonly Lock _lock = new();

    /// <summary>The assemblies whose public methods jobs may call.</summary>
    public IReadOnlyList<Assembly> JobAssemblies
    {
        get
        {
            lock (_lock)
                return [.. _jobAssemblies];
        }
    }

    /// <summary>Lets jobs call all public methods of public types of an assembly, by the name <c>Namespace.Type.Method</c>.</summary>
    /// <param name="assembly">The assembly.</param>
    public JobFunctions AddAssembly(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        lock (_lock)
        {
            if (!_jobAssemblies.Contains(assembly))
                _jobAssemblies.Add(assembly);
        }

        _resolved.Clear();
        _unknown.Forget();
        return this;
    }

    /// <summary>Lets jobs call all public methods of the assembly that holds a type.</summary>
    /// <typeparam name="T">Any type of the assembly.</typeparam>
    public JobFunctions AddAssemblyOf<T>() => AddAssembly(typeof(T).Assembly);

    /// <summary>
    /// Lets jobs call a function by a name of your choice. It goes before methods of that name that are marked
    /// <see cref="JobAttribute"/> or public in a job assembly: those can no longer be called by it.
    /// </summary>
    /// <param name="name">The name, such as <c>"my_module.count_words_at_url"</c>.</param>
    /// <param name="function">The function: a method, or a lambda.</param>
    /// <exception cref="ArgumentException">
    /// It has parameters that cannot come from stored data, is <c>async void</c>, or an extension method taken from a value; or a function was added by that name before.
    /// </exception>
    public JobFunctions Add(string name, Delegate function)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(function);
        ParameterInfo? bad = Array.Find(function.Method.GetParameters(), parameter => parameter.ParameterType.IsByRef || parameter.ParameterType.IsByRefLike);
        if (bad is not null)
            throw new ArgumentException($"The function for '{name}' cannot be a job: its parameter '{bad.Name}' is passed by reference. Jobs take values.");
        if (JobMethod.IsAsyncVoid(function.Method))
            throw new ArgumentException($"The function for '{name}' cannot be a job: {JobMethod.AsyncVoidProblem}");
        if (JobMethod.IsBound(function))
        {
            throw new ArgumentException(
                $"The function for '{name}' cannot be a job: '{JobMethod.FullName(function.Method)}' is bound to its first argument, as an extension method is that is taken from a value. " +
                $"Hand over a lambda that calls it, such as x => value.{function.Method.Name}(x).");
        }

        if (!_added.TryAdd(name, new JobFunction(name, function.Method, function.Target)))
            throw new ArgumentException($"A function was added as '{name}' before, and a name means one function. Choose another name.", nameof(name));
        AnyIsolation |= JobMethod.AttributeOf(function.Method)?.Defaults.Isolation is not null;
        _resolved.TryRemove(name, out _);
        _unknown.Forget();
        return this;
    }

    /// <summary>Whether any marked function says where it runs. Known after <see cref="Prepare"/>.</summary>
    internal bool AnyIsolation { get; private set; }

    /// <summary>Looks for marked functions now, so that the first job need not wait for it.</summary>
    internal void Prepare()
    {
        lock (_lock)
            ScanMarked();
    }

    /// <summary>The methods marked <see cref="CronAttribute"/> of all assemblies that are loaded.</summary>
    internal IReadOnlyList<MethodInfo> FindScheduled()
    {
        lock (_lock)
        {
            ScanMarked();
            return [.. _scheduled];
        }
    }

    /// <summary>Finds the function that a stored call means.</summary>
    /// <exception cref="UnknownFunctionException">There is none, or several; the message says what was looked for and where.</exception>
    internal JobFunction Resolve(CallData call)
    {
        IReadOnlyList<JobFunction> candidates = Candidates(call.Function);
        if (candidates.Count == 1)
            return candidates[0];
        if (candidates.Count == 0)
            throw new UnknownFunctionException(call.Function, JobAssemblies, _unreadable);
        JobFunction[] fitting = [.. candidates.Where(candidate => candidate.Accepts(call))];
        return fitting.Length == 1 ? fitting[0] : throw new UnknownFunctionException(call.Function, candidates, fitting.Length);
    }

    /// <summary>Finds the function that a callback means: it takes what it needs, so only the name counts.</summary>
    /// <exception cref="UnknownFunctionException">There is none, or several.</exception>
    internal JobFunction ResolveCallback(string name) => FindCallback(name) ?? throw new UnknownFunctionException(name, JobAssemblies, _unreadable);

    /// <summary>The same; <c>null</c> when there is none.</summary>
    /// <exception cref="UnknownFunctionException">There are several.</exception>
    internal JobFunction? FindCallback(string name)
    {
        IReadOnlyList<JobFunction> candidates = Candidates(name);
        return candidates.Count switch
        {
            0 => null,
            1 => candidates[0],
            _ => throw new UnknownFunctionException(name, candidates, candidates.Count),
        };
    }

    private IReadOnlyList<JobFunction> Candidates(string name)
    {
        if (_resolved.TryGetValue(name, out IReadOnlyList<JobFunction>? known))
            return known;
        long state = _unknown.State;
        if (_unknown.Contains(name, state))
            return [];
        Interlocked.Increment(ref _searches);
        IReadOnlyList<JobFunction> found = Find(name);
        if (found.Count > 0)
            return _resolved.GetOrAdd(name, found);
        // It may be registered later.
        _unknown.Add(name, state);
        return found;
    }

    /// <summary>How often a name was really looked for.</summary>
    internal int Searches => Volatile.Read(ref _searches);

    private IReadOnlyList<JobFunction> Find(string name)
    {
        if (_added.TryGetValue(name, out JobFunction? added))
            return [added];
        lock (_lock)
        {
            ScanMarked();
            if (_marked.TryGetValue(name, out List<JobFunction>? marked))
                return [.. marked];
        }

        return [.. JobAssemblies.SelectMany(assembly => PublicMethods(assembly, name))];
    }

    // [Job] or [Cron] is the author's consent, wherever the method lives; so every loaded assembly that knows the attribute counts.
    private void ScanMarked()
    {
        string home = typeof(JobAttribute).Assembly.GetName().Name!;
        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies().Union(_jobAssemblies))
        {
            if (assembly.IsDynamic || !Array.Exists(assembly.GetReferencedAssemblies(), reference => reference.Name == home) || !_scanned.Add(assembly))
                continue;
            foreach (MethodInfo method in LoadableTypes(assembly).SelectMany(type => type.GetMethods(AllMethods)))
            {
                foreach (JobFunction function in Read(method, Marked) ?? [])
                {
                    if (!_marked.TryGetValue(function.Name, out List<JobFunction>? functions))
                        _marked[function.Name] = functions = [];
                    functions.Add(function);
                    AnyIsolation |= function.Isolation is not null;
                    _resolved.TryRemove(function.Name, out _);
                }
            }
        }
    }

    /// <summary>A marked method under each of its names; <c>null</c> for one that is not marked, or that no job can call.</summary>
    private JobFunction[]? Marked(MethodInfo method)
    {
        if (JobMethod.MarkOf(method) is null)
            return null;
        if (method.IsDefined(typeof(CronAttribute), inherit: false))
            _scheduled.Add(method);
        return JobMethod.Problem(method) is null ? [.. JobMethod.NamesOf(method).Select(name => new JobFunction(name, method))] : null;
    }

    // What a method is may need an assembly that is not deployed, or an attribute that cannot be made. Then it is none, and all others are.
    private T? Read<T>(MethodInfo method, Func<MethodInfo, T?> read)
        where T : class
    {
        try
        {
            return read(method);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            _unreadable[JobMethod.FullName(method)] = exception.Message;
            return null;
        }
    }

    private const BindingFlags AllMethods =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private IEnumerable<JobFunction> PublicMethods(Assembly assembly, string name)
    {
        int dot = name.LastIndexOf('.');
        if (dot <= 0)
            return [];
        string typeName = name[..dot], methodName = name[(dot + 1)..];
        return LoadableTypes(assembly)
            .Where(type => type.IsVisible && type.FullName?.Replace('+', '.') == typeName)
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.Name == methodName && !method.IsSpecialName)
            .Select(method => Read(method, each => JobMethod.Problem(each) is null ? new JobFunction(name, each) : null))
            .OfType<JobFunction>();
    }

    private static Type[] LoadableTypes(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException exception)
        {
            return [.. exception.Types.OfType<Type>()];
        }
    }
}
