using System.Reflection;

namespace RQ.Tool.Workers;

/// <summary>Finds what <c>--exception-handler</c> names.</summary>
internal static class ExceptionHandlers
{
    private const string Option = "--exception-handler";
    private const string Shape = "ValueTask<bool> Method(JobExceptionContext)";

    /// <param name="name">A method, <c>Namespace.Type.Method</c>, or a type that has one such method.</param>
    /// <param name="assemblies">Where it may be.</param>
    /// <exception cref="UsageException">There is none, or it has another signature.</exception>
    public static JobExceptionHandler Find(string name, IReadOnlyList<Assembly> assemblies)
    {
        if (assemblies.Count == 0)
            throw new UsageException($"{Option} '{name}' needs the assembly that has it: add --assembly FILE.");
        return Bind(Method(name, assemblies));
    }

    private static MethodInfo Method(string name, IReadOnlyList<Assembly> assemblies)
    {
        if (JobTypes.Find(assemblies, name) is { } type)
            return Only(Methods(type), $"'{name}' is a type with {{0}} methods of the form {Shape}; name one as {name}.METHOD.");
        int dot = name.LastIndexOf('.');
        if (dot <= 0 || JobTypes.Find(assemblies, name[..dot]) is not { } owner)
            throw new UsageException($"{Option} '{name}' was not found. Write Namespace.Type.Method of a method in one of the given assemblies: {string.Join(", ", assemblies.Select(assembly => assembly.GetName().Name))}.");
        string method = name[(dot + 1)..];
        return Only([.. Methods(owner).Where(each => each.Name == method)], $"the type '{name[..dot]}' has {{0}} methods {method} of the form {Shape}.");
    }

    private static MethodInfo[] Methods(Type type) =>
        [.. type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => !method.ContainsGenericParameters && method.ReturnType == typeof(ValueTask<bool>)
                && method.GetParameters() is [{ ParameterType: var parameter }] && parameter == typeof(JobExceptionContext))];

    private static MethodInfo Only(MethodInfo[] methods, string problem) =>
        methods.Length == 1
            ? methods[0]
            : throw new UsageException($"{Option}: {string.Format(null, problem, methods.Length == 0 ? "no" : methods.Length)}");

    private static JobExceptionHandler Bind(MethodInfo method)
    {
        if (method.IsStatic)
            return method.CreateDelegate<JobExceptionHandler>();
        JobTypes.RequireConstructor(method.DeclaringType!, Option);
        return method.CreateDelegate<JobExceptionHandler>(Activator.CreateInstance(method.DeclaringType!));
    }
}
