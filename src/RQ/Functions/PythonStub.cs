using System.Reflection;
using System.Text.Json;

namespace RQ.Functions;

/// <summary>What makes a method the stub of a Python function: its name, and which shapes can be called from data.</summary>
internal static class PythonStub
{
    private const string AsyncSuffix = "Async";

    public static bool Is(MethodInfo method) => MarkOf(method) is not null || ModuleOf(method) is not null;

    public static PythonFunctionAttribute? MarkOf(MethodInfo method) => method.GetCustomAttribute<PythonFunctionAttribute>();

    /// <summary>The function's name with its module; <c>null</c> when the method is no stub.</summary>
    /// <exception cref="ArgumentException">It is one, but what its attributes say is no name.</exception>
    public static string? NameOf(MethodInfo method)
    {
        PythonFunctionAttribute? mark = MarkOf(method);
        string? module = ModuleOf(method)?.Name;
        if (mark is null && module is null)
            return null;
        string name = mark?.Name ?? InSnakeCase(WithoutAsync(method.Name));
        if (!name.Contains('.', StringComparison.Ordinal))
        {
            name = module is not null
                ? $"{module}.{name}"
                : throw Wrong(method, $"'{name}' names no module. Write [PythonFunction(\"my_module.{name}\")], or mark {method.DeclaringType?.Name} with [PythonModule(\"my_module\")].");
        }

        if (!Array.TrueForAll(name.Split('.'), IsIdentifier))
            throw Wrong(method, $"'{name}' is no name of a Python function. It looks like \"my_package.my_module.my_function\".");
        return method.GetCustomAttribute<JobAttribute>()?.Name is { } other
            ? throw Wrong(method, $"it has two names, '{name}' and that of [Job(\"{other}\")]. Leave the second one out; the other settings of [Job] hold.")
            : name;
    }

    /// <exception cref="ArgumentException">The stub cannot be called with stored data; the message says why.</exception>
    public static void Check(MethodInfo method)
    {
        _ = NameOf(method);
        if (JobMethod.ParameterProblem(method) is { } problem)
            throw Wrong(method, problem);
    }

    public static string InSnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static PythonModuleAttribute? ModuleOf(MethodInfo method) => method.DeclaringType?.GetCustomAttribute<PythonModuleAttribute>(inherit: false);

    private static string WithoutAsync(string name) =>
        name.Length > AsyncSuffix.Length && name.EndsWith(AsyncSuffix, StringComparison.Ordinal) ? name[..^AsyncSuffix.Length] : name;

    private static bool IsIdentifier(string part) =>
        part.Length > 0 && !char.IsDigit(part[0]) && part.All(c => char.IsLetterOrDigit(c) || c == '_');

    private static ArgumentException Wrong(MethodInfo method, string reason) =>
        new($"'{JobMethod.FullName(method)}' cannot stand for a Python function: {reason}");
}
