using System.Reflection;

namespace RQ.Scheduling;

/// <summary>
/// What methods marked <see cref="CronAttribute"/> say, by assembly: what cannot be in one keeps the others from nothing. Assemblies of one name, such as two versions in
/// one process, share a table.
/// </summary>
/// <param name="Sources">Those of all assemblies that have such methods.</param>
/// <param name="Good">The tables in which all can be.</param>
internal sealed record CronMethodTables(IReadOnlySet<string> Sources, IReadOnlyList<(string Source, IReadOnlyList<CronSchedule> Schedules)> Good)
{
    /// <param name="methods">The methods.</param>
    /// <returns>The tables, and what cannot be.</returns>
    public static (CronMethodTables Tables, List<string> Problems) Read(IEnumerable<MethodInfo> methods)
    {
        var problems = new List<string>();
        var read = new List<(string Source, IReadOnlyList<(MethodInfo Method, CronSchedule Schedule)> All)>();
        ILookup<string, MethodInfo> sources = methods.ToLookup(method => CronMethods.SourceOf(method.Module.Assembly));
        foreach (IGrouping<string, MethodInfo> source in sources)
            Try(problems, () => read.Add((source.Key, CronMethods.Read(source))));

        // One name in two assemblies: neither is more right than the other.
        HashSet<string> shared = [.. read.SelectMany(table => table.All.Select(each => each.Schedule.Name).Distinct()).GroupBy(name => name).Where(name => name.Count() > 1).Select(name => name.Key)];
        if (shared.Count > 0)
            Try(problems, () => CronMethods.CheckNames([.. read.SelectMany(table => table.All)]));
        var good = read.Where(table => !table.All.Any(each => shared.Contains(each.Schedule.Name)))
            .Select(table => (table.Source, (IReadOnlyList<CronSchedule>)[.. table.All.Select(each => each.Schedule)]));
        return (new CronMethodTables(sources.Select(source => source.Key).ToHashSet(), [.. good]), problems);
    }

    private static void Try(List<string> problems, Action read)
    {
        try
        {
            read();
        }
        catch (ArgumentException exception)
        {
            problems.Add(exception.Message);
        }
    }
}
