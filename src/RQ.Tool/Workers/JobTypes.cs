using System.Reflection;

namespace RQ.Tool.Workers;

/// <summary>Finds types of job assemblies by their names as people write them: nested ones with a dot.</summary>
internal static class JobTypes
{
    /// <returns><c>null</c> when no assembly has it.</returns>
    public static Type? Find(IEnumerable<Assembly> assemblies, string name) =>
        assemblies.SelectMany(Loadable).FirstOrDefault(type => type.FullName?.Replace('+', '.') == name);

    /// <exception cref="UsageException">It cannot be made from nothing; the message names the option.</exception>
    public static void RequireConstructor(Type type, string option)
    {
        if (type.IsAbstract || type.ContainsGenericParameters || type.GetConstructor(Type.EmptyTypes) is null)
            throw new UsageException($"{option}: '{type}' cannot be made: it must not be abstract or generic, and needs a public constructor without parameters.");
    }

    private static IEnumerable<Type> Loadable(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException exception)
        {
            // A dependency of some of them is missing; the others do.
            return exception.Types.OfType<Type>();
        }
    }
}
