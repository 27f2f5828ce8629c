using System.Reflection;
using System.Text.Json;

namespace RQ.Functions;

/// <summary>What makes a method the stub of a Python function: its name, and which shapes can be called from data.</summary>
internal static class PythonStub
{
    private const string AsyncSuffix = "Async";

    private static readonly HashSet<string> s_keywords =
    [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for",
        "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];

    /// <param name="method">The method.</param>
    /// <param name="through">The type of the object that it is called on; <c>null</c> when that is not known, or for a static method.</param>
    /// <exception cref="ArgumentException">It cannot be told.</exception>
    public static bool Is(MethodInfo method, Type? through = null) => MarkOf(method) is not null || ModuleOf(method, through) is not null;

    public static PythonFunctionAttribute? MarkOf(MethodInfo method) => method.GetCustomAttribute<PythonFunctionAttribute>();

    /// <summary>The function's name with its module; <c>null</c> when the method is no stub.</summary>
    /// <exception cref="ArgumentException">It is one, but what its attributes say is no name.</exception>
    public static string? NameOf(MethodInfo method, Type? through = null)
    {
        PythonFunctionAttribute? mark = MarkOf(method);
        string? module = ModuleOf(method, through)?.Name;
        if (mark is null && module is null)
            return null;
        string name = mark?.Name ?? InSnakeCase(WithoutAsync(method.Name));
        if (!name.Contains('.', StringComparison.Ordinal))
        {
            name = module is not null
                ? $"{module}.{name}"
                : throw Wrong(method, $"'{name}' names no module. Write [PythonFunction(\"my_module.{name}\")], or mark {method.DeclaringType?.Name} with [PythonModule(\"my_module\")].");
        }

        string[] parts = name.Split('.');
        if (!Array.TrueForAll(parts, IsIdentifier))
            throw Wrong(method, $"'{name}' is no name of a Python function. It looks like \"my_package.my_module.my_function\".");
        if (Array.Find(parts, s_keywords.Contains) is { } keyword)
            throw Wrong(method, $"'{name}' is no name of a Python function, because '{keyword}' is a word of the language. Write the real name: [PythonFunction(\"{keyword}_\")], for one.");
        return JobMethod.OwnAttributeOf(method)?.Name is { } other
            ? throw Wrong(method, $"it has two names, '{name}' and that of [Job(\"{other}\")]. Leave the second one out; the other settings of [Job] hold.")
            : name;
    }

    /// <exception cref="ArgumentException">The stub cannot be called with stored data; the message says why.</exception>
    public static void Check(MethodInfo method, Type? through = null)
    {
        _ = NameOf(method, through);
        if (JobMethod.ParameterProblem(method) is { } problem)
            throw Wrong(method, problem);
    }

    public static string InSnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>The module of the type that declares the method; when that has none, of the type that has inherited it and is called.</summary>
    private static PythonModuleAttribute? ModuleOf(MethodInfo method, Type? through)
    {
        // What a class does itself is no stub unless it says so.
        if (method.DeclaringType is not { } declaring || (!declaring.IsInterface && !method.IsAbstract && MarkOf(method) is null))
            return null;
        if (MarkedWith(declaring) is { } module)
            return module;
        if (through is null || through == declaring || !declaring.IsAssignableFrom(through))
            return null;
        if (MarkedWith(through) is { } own)
            return own;
        Type? between = Between(declaring, through).FirstOrDefault(type => MarkedWith(type) is not null);
        return between is null || MarkOf(method)?.Name?.Contains('.', StringComparison.Ordinal) == true
            ? null
            : throw Wrong(method,
                $"{through.Name} names no module, and the one of {between.Name}, through which it has the method, does not count for it. " +
                $"Mark {through.Name} or {declaring.Name} with [PythonModule(\"{MarkedWith(between)!.Name}\")], or the method with [PythonFunction(\"my_module.{InSnakeCase(WithoutAsync(method.Name))}\")].");
    }

    private static PythonModuleAttribute? MarkedWith(Type type) => type.GetCustomAttribute<PythonModuleAttribute>(inherit: false);

    /// <summary>The types by which one has inherited what another declares.</summary>
    private static IEnumerable<Type> Between(Type declaring, Type through)
    {
        for (Type? type = through.BaseType; type is not null && type != declaring; type = type.BaseType)
        {
            if (declaring.IsAssignableFrom(type))
                yield return type;
        }

        foreach (Type type in through.GetInterfaces())
        {
            if (type != declaring && declaring.IsAssignableFrom(type))
                yield return type;
        }
    }

    private static string WithoutAsync(string name) =>
        name.Length > AsyncSuffix.Length && name.EndsWith(AsyncSuffix, StringComparison.Ordinal) ? name[..^AsyncSuffix.Length] : name;

    private static bool IsIdentifier(string part) =>
        part.Length > 0 && !char.IsDigit(part[0]) && part.All(c => char.IsLetterOrDigit(c) || c == '_');

    private static ArgumentException Wrong(MethodInfo method, string reason) =>
        new($"'{JobMethod.FullName(method)}' cannot stand for a Python function: {reason}");
}
