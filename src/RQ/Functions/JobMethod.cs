using System.Reflection;
using System.Runtime.CompilerServices;

namespace RQ.Functions;

/// <summary>What makes a method a job function: its name, and which shapes can be called from data.</summary>
internal static class JobMethod
{
    /// <summary>What is wrong with a method that <see cref="IsAsyncVoid"/>.</summary>
    public const string AsyncVoidProblem = "it is async void, so nobody can wait for its end. Let it return a Task.";

    private const int Many = int.MaxValue / 2;

    /// <summary>
    /// The Python function that it stands for, or the name of its <see cref="JobAttribute"/>, else <c>Namespace.Type.Method</c>; nested
    /// types are joined with a dot.
    /// </summary>
    /// <param name="method">The method.</param>
    /// <param name="through">The type of the object that it is called on; <c>null</c> when that is not known, or for a static method.</param>
    /// <exception cref="ArgumentException">It is a stub whose attributes give no name.</exception>
    public static string NameOf(MethodInfo method, Type? through = null) => PythonStub.NameOf(method, through) ?? OwnAttributeOf(method)?.Name ?? FullName(method);

    /// <summary>All names that the method is found by.</summary>
    public static IEnumerable<string> NamesOf(MethodInfo method)
    {
        string full = FullName(method);
        JobAttribute? own = OwnAttributeOf(method);
        return (own?.Aliases ?? []).Append(own?.Name ?? full).Append(full).Distinct();
    }

    /// <summary>The method that is called on an object of the type. What is stored names the type that declares it, and of that the worker makes an object.</summary>
    /// <param name="method">The method, as it was first declared: that is what the compiler notes.</param>
    /// <param name="through">The type of the object; <c>null</c> when that is not known, or for a static method.</param>
    /// <exception cref="ArgumentException">The type inherits it: the worker would make an object of another one.</exception>
    public static MethodInfo On(MethodInfo method, Type? through)
    {
        if (through is not { IsInterface: false } || method.DeclaringType is not { IsInterface: false } || method.DeclaringType == through || PythonStub.Is(method, through))
            return method;
        MethodInfo? own = !method.IsVirtual ? null : Array.Find(
            through.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly), each => each.GetBaseDefinition() == method.GetBaseDefinition());
        return own ?? throw new ArgumentException(
            $"'{through.Name}' inherits {method.Name} from '{method.DeclaringType.Name}', and a stored call names the type that has the method: the worker would make a '{method.DeclaringType.Name}'. " +
            $"Declare a method in '{through.Name}' that calls it, or write ({method.DeclaringType.Name} x) => x.{method.Name}(…).");
    }

    /// <summary>Its <see cref="JobAttribute"/>, or that of the method that it overrides: the options are the same for both, the names are not.</summary>
    public static JobAttribute? AttributeOf(MethodInfo method) => method.GetCustomAttribute<JobAttribute>();

    /// <summary>The one that it carries itself. A name is that of one method: were it inherited, nobody could tell which of the two is called.</summary>
    public static JobAttribute? OwnAttributeOf(MethodInfo method) => method.GetCustomAttribute<JobAttribute>(inherit: false);

    /// <summary>What its <see cref="JobAttribute"/> says; nothing special for one that is only marked <see cref="CronAttribute"/>; <c>null</c> when it is not marked.</summary>
    public static JobAttribute? MarkOf(MethodInfo method) =>
        AttributeOf(method) ?? (method.IsDefined(typeof(CronAttribute), inherit: false) ? new JobAttribute() : null);

    public static string FullName(MethodInfo method) =>
        method.DeclaringType is { } type ? $"{type.FullName?.Replace('+', '.') ?? type.Name}.{method.Name}" : method.Name;

    /// <summary>Parameters that the worker fills in; they are never part of the stored call.</summary>
    public static bool IsInjected(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(CancellationToken) || parameter.ParameterType == typeof(JobContext);

    /// <summary>A <c>params</c> array, or another <c>params</c> collection.</summary>
    public static bool IsRest(ParameterInfo parameter) =>
        parameter.IsDefined(typeof(ParamArrayAttribute), inherit: false) || parameter.IsDefined(typeof(ParamCollectionAttribute), inherit: false);

    /// <summary>The dictionary of all arguments by name that are not named otherwise.</summary>
    public static bool IsKwargs(ParameterInfo parameter) => parameter.IsDefined(typeof(PythonKwargsAttribute), inherit: false);

    /// <summary>Whether its value is not to be shown.</summary>
    public static bool IsRedacted(ParameterInfo parameter) => parameter.IsDefined(typeof(RedactedAttribute), inherit: true);

    /// <exception cref="ArgumentException">The method cannot be called from stored data; the message says why.</exception>
    public static void Check(MethodInfo method, Type? through = null)
    {
        if (PythonStub.Is(method, through))
        {
            PythonStub.Check(method, through);
            return;
        }

        if (Problem(method) is { } problem)
            throw new ArgumentException($"'{FullName(method)}' cannot be a job: {problem}");
        MethodInfo? twin = Array.Find(SameName(method), other => other != method && CouldBeMeant(other, method));
        if (twin is not null)
        {
            throw new ArgumentException(
                $"'{FullName(method)}' cannot be a job by that name: '{twin}' takes as many arguments, and a stored call holds no types. " +
                "Give one of them a name of its own with [Job(\"name\")].");
        }
    }

    /// <summary>Why a worker cannot call the method from stored data; <c>null</c> when it can.</summary>
    public static string? Problem(MethodInfo method)
    {
        if (PythonStub.Is(method))
            return "it stands for a Python function, and has no code to be run here.";
        if (method.IsGenericMethod || method.DeclaringType is { IsGenericType: true })
            return "it is generic, and a stored call holds no type arguments. Enqueue a plain method that calls it.";
        if (method.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false) || method.Name.Contains('<'))
            return "it is a lambda or a local function, whose name changes with every build. Enqueue a method of a type.";
        if (IsAsyncVoid(method))
            return AsyncVoidProblem;
        return ParameterProblem(method);
    }

    /// <summary>Which parameter no stored data can be passed to, and why; <c>null</c> for none.</summary>
    public static string? ParameterProblem(MethodInfo method)
    {
        foreach (ParameterInfo parameter in method.GetParameters())
        {
            if (parameter.ParameterType.IsByRef)
                return $"its parameter '{parameter.Name}' is ref, in or out. Jobs take values.";
            if (parameter.ParameterType.IsByRefLike || parameter.ParameterType.IsPointer)
                return $"its parameter '{parameter.Name}' ({parameter.ParameterType.Name}) cannot be stored. Use an array or a string.";
            if (parameter.ParameterType.IsAssignableTo(typeof(Delegate)))
                return $"its parameter '{parameter.Name}' is code, which cannot be stored. Jobs take data.";
        }

        return null;
    }

    /// <summary>Whether a delegate holds the first argument of its static method, as that of an extension method does that was taken from a value.</summary>
    public static bool IsBound(Delegate function) =>
        function.Method.IsStatic && function.Method.GetParameters().Length > function.GetType().GetMethod("Invoke")!.GetParameters().Length;

    public static bool IsAsyncVoid(MethodInfo method) =>
        method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute), inherit: false);

    private static MethodInfo[] SameName(MethodInfo method) =>
        method.DeclaringType is not { } type
            ? []
            : Array.FindAll(
                type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly),
                other => other.Name == method.Name && NameOf(other) == NameOf(method) && Problem(other) is null);

    private static bool CouldBeMeant(MethodInfo other, MethodInfo method)
    {
        (int least, int most) = ArgumentCount(other);
        int given = StoredCount(method);
        return given >= least && given <= most;
    }

    // A lambda stores all arguments, also those that have a default, and a params collection as the one that it is.
    private static int StoredCount(MethodInfo method)
    {
        ParameterInfo[] parameters = method.GetParameters();
        return Array.Exists(parameters, IsKwargs) ? Many : parameters.Count(parameter => !IsInjected(parameter));
    }

    /// <summary>How few and how many stored arguments the method takes.</summary>
    public static (int Least, int Most) ArgumentCount(MethodInfo method)
    {
        int least = 0, most = 0;
        foreach (ParameterInfo parameter in method.GetParameters())
        {
            if (IsInjected(parameter))
                continue;
            most++;
            if (IsRest(parameter) || IsKwargs(parameter))
                most = Many;
            else if (!parameter.HasDefaultValue)
                least++;
        }

        return (least, most);
    }
}
