using System.Reflection;
using System.Runtime.Loader;

namespace RQ.Tool.Workers;

/// <summary>
/// A user's assembly with its dependencies, kept apart from the tool's own ones: each has the versions it was built with.
/// What jobs and worker must agree on, RQ above all, is shared, so that <c>[Job]</c> means the same attribute to both.
/// </summary>
internal sealed class JobAssembly : AssemblyLoadContext
{
    private readonly AssemblyDependencyResolver _resolver;

    private JobAssembly(string file)
        : base($"jobs: {Path.GetFileName(file)}") => _resolver = new AssemblyDependencyResolver(file);

    /// <exception cref="ToolException">There is no such file, or it cannot be loaded.</exception>
    public static Assembly Load(string file)
    {
        string path = Path.GetFullPath(file);
        if (!File.Exists(path))
            throw new ToolException($"The assembly '{file}' does not exist. Build it, and give the path of its .dll file.");
        try
        {
            Assembly assembly = new JobAssembly(path).LoadFromAssemblyPath(path);
            RefuseNewerRq(assembly, file);
            return assembly;
        }
        catch (BadImageFormatException exception)
        {
            throw new ToolException($"'{file}' is not a .NET assembly that this runtime can load ({Environment.Version}). Give the .dll file of a build for .NET 10 or older.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new ToolException($"The assembly '{file}' cannot be loaded: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (IsShared(assemblyName.Name!) && FindShared(assemblyName) is { } shared)
            return shared;
        return _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

    private static bool IsShared(string name) =>
        name is "RQ" or "RQ.Embedded" or "StackExchange.Redis" || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal);

    // Of the Microsoft.Extensions the tool has only some; the others come with the user's assembly.
    private static Assembly? FindShared(AssemblyName name)
    {
        try
        {
            return Default.LoadFromAssemblyName(name);
        }
        catch (Exception exception) when (exception is FileNotFoundException or FileLoadException)
        {
            return null;
        }
    }

    // It would get an RQ of its own, whose [Job] the worker does not know: nothing would be found, and nobody would know why.
    private static void RefuseNewerRq(Assembly assembly, string file)
    {
        AssemblyName own = typeof(RqConnection).Assembly.GetName();
        AssemblyName? built = Array.Find(assembly.GetReferencedAssemblies(), reference => reference.Name == own.Name);
        if (built is not null && built.Version > own.Version)
            throw new ToolException($"'{file}' was built for RQ.NET {built.Version}, this is rq {own.Version}. Update the tool: dotnet tool update RQ.NET.Tool");
    }
}
