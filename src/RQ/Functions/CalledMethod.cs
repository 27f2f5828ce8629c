using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace RQ.Functions;

/// <summary>
/// What a lambda's method says about the call: read once, because attributes are slow to read and a program enqueues the same methods
/// over and over.
/// </summary>
internal sealed class CalledMethod
{
    // By the type that it is called on: the stub's module may be that type's. Goes with the types.
    private static readonly ConditionalWeakTable<Type, ConcurrentDictionary<MethodInfo, CalledMethod>> s_known = [];

    private CalledMethod(MethodInfo method, Type? through)
    {
        JobMethod.Check(method, through);
        Name = JobMethod.NameOf(method, through);
        Attribute = JobMethod.AttributeOf(method);
        IsStub = PythonStub.Is(method, through);
        Parameters = Array.ConvertAll(method.GetParameters(), parameter => new CalledParameter(method, IsStub, parameter));
        HasRedacted = Array.Exists(Parameters, parameter => parameter.IsRedacted);
    }

    /// <summary>The name that is stored.</summary>
    public string Name { get; }

    /// <summary>Its <see cref="JobAttribute"/>, or that of the method that it overrides; <c>null</c> for none.</summary>
    public JobAttribute? Attribute { get; }

    /// <summary>Whether it stands for a Python function.</summary>
    public bool IsStub { get; }

    public CalledParameter[] Parameters { get; }

    /// <summary>Whether one of them is <see cref="RedactedAttribute"/>.</summary>
    public bool HasRedacted { get; }

    /// <param name="method">The method.</param>
    /// <param name="through">The type of the object that it is called on; <c>null</c> for a static method.</param>
    /// <exception cref="ArgumentException">It cannot be a job; the message says why.</exception>
    public static CalledMethod Of(MethodInfo method, Type? through)
    {
        ConcurrentDictionary<MethodInfo, CalledMethod> methods = s_known.GetOrAdd(through ?? method.DeclaringType ?? typeof(CalledMethod), _ => new());
        return methods.TryGetValue(method, out CalledMethod? known) ? known : methods.GetOrAdd(method, new CalledMethod(JobMethod.On(method, through), through));
    }
}

/// <summary>Where the argument of a parameter goes in the stored call.</summary>
internal sealed class CalledParameter
{
    public CalledParameter(MethodInfo method, bool isStub, ParameterInfo parameter)
    {
        Name = parameter.Name ?? "";
        var keyword = parameter.GetCustomAttribute<PythonKeywordAttribute>();
        Keyword = keyword?.Name ?? PythonStub.InSnakeCase(Name);
        OmitsNull = keyword is { OmitNull: true };
        IsRedacted = JobMethod.IsRedacted(parameter);
        bool isByKeyword = keyword is not null || PythonStub.MarkOf(method) is { ByKeyword: true };
        Place = JobMethod.IsInjected(parameter) ? ArgumentPlace.Nowhere
            : JobMethod.IsKwargs(parameter) ? ArgumentPlace.Kwargs
            : isStub && JobMethod.IsRest(parameter) ? ArgumentPlace.Rest
            : isByKeyword ? ArgumentPlace.Keyword
            : ArgumentPlace.Position;
    }

    /// <summary>Its name here.</summary>
    public string Name { get; }

    /// <summary>Its name in a call by name.</summary>
    public string Keyword { get; }

    /// <summary>Whether <c>null</c> is left out of the call.</summary>
    public bool OmitsNull { get; }

    /// <summary>Whether its value is not to be shown.</summary>
    public bool IsRedacted { get; }

    public ArgumentPlace Place { get; }
}

/// <summary>Where an argument goes in the stored call.</summary>
internal enum ArgumentPlace
{
    /// <summary>Among those by position.</summary>
    Position,

    /// <summary>Among those by name.</summary>
    Keyword,

    /// <summary>Each of its items among those by position.</summary>
    Rest,

    /// <summary>Each of its entries among those by name.</summary>
    Kwargs,

    /// <summary>It is not stored: the worker fills it in.</summary>
    Nowhere,
}
