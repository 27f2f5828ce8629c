using System.Reflection;
using RQ.Functions;

namespace RQ;

/// <summary>A job names a function that this worker does not know, or that it knows several of. The job fails with this.</summary>
public sealed class UnknownFunctionException : RqException
{
    /// <param name="function">The name.</param>
    /// <param name="jobAssemblies">Where public methods were looked for.</param>
    /// <param name="unreadable">Methods of which nobody can tell whether they were meant, and why.</param>
    internal UnknownFunctionException(string function, IReadOnlyList<Assembly> jobAssemblies, IReadOnlyDictionary<string, string> unreadable)
        : base(
            $"No function is registered for '{function}'. Looked for a method marked [Job] of that name or alias in the loaded assemblies, for a function " +
            $"registered with JobFunctions.Add, and for a public method of {Names(jobAssemblies)}. Mark the method with [Job], register it, or hand its " +
            $"assembly to the worker (WorkerOptions.Functions.AddAssembly, or rq worker --assembly FILE).{Unreadable(unreadable)}") =>
        Function = function;

    internal UnknownFunctionException(string function, IReadOnlyList<JobFunction> candidates, int fitting)
        : base(
            $"'{function}' is the name of {candidates.Count} functions, and {(fitting == 0 ? "none of them takes" : "several of them take")} the given arguments: " +
            $"{string.Join("; ", candidates.Select(candidate => candidate.Method.ToString()))}. Give each a name of its own with [Job(\"name\")].")
    {
        Function = function;
        IsAmbiguous = true;
    }

    /// <summary>The name that was looked for.</summary>
    public string Function { get; }

    /// <summary>Whether there are several functions of that name.</summary>
    internal bool IsAmbiguous { get; }

    private static string Unreadable(IReadOnlyDictionary<string, string> methods)
    {
        KeyValuePair<string, string>[] some = [.. methods.Take(3)];
        return some.Length == 0 ? "" : $" Methods that cannot be read are left out, such as {string.Join("; ", some.Select(method => $"'{method.Key}': {method.Value}"))}";
    }

    private static string Names(IReadOnlyList<Assembly> assemblies) => assemblies.Count == 0
        ? "a job assembly (none was handed over)"
        : $"the job assemblies {string.Join(", ", assemblies.Select(assembly => assembly.GetName().Name))}";
}
