using System.Reflection;
using Microsoft.Extensions.Logging;
using RQ.Diagnostics;
using RQ.Functions;
using RQ.Redis.Transitions;

namespace RQ.Scheduling;

/// <summary>The schedules of methods marked <see cref="CronAttribute"/>: one table for each assembly, by its name.</summary>
internal static class CronMethods
{
    private const string SourcePrefix = "code:";

    /// <summary>
    /// Stores the tables of all assemblies that are loaded. One without such methods has no table: what an earlier build of it stored is removed.
    /// </summary>
    /// <exception cref="ArgumentException">An attribute says what cannot be; the message names the method. Nothing was stored.</exception>
    public static async Task RegisterAsync(RqConnection rq, JobFunctions functions, ILogger log)
    {
        IReadOnlyList<(MethodInfo Method, CronSchedule Schedule)> all = Read(functions.FindScheduled());
        foreach ((_, CronSchedule schedule) in all)
            _ = CronDefinition.Of(rq, schedule, "");
        // Assemblies of one name, such as two versions in one process, share a table.
        ILookup<string, CronSchedule> tables = all.ToLookup(each => SourceOf(each.Method.Module.Assembly), each => each.Schedule);
        foreach (IGrouping<string, CronSchedule> table in tables)
        {
            await rq.Cron.ReplaceAsync(table.Key, table).ConfigureAwait(false);
            Log.CronMethodsStored(log, table.Count(), table.Key);
        }

        HashSet<string> loaded = [.. AppDomain.CurrentDomain.GetAssemblies().Select(SourceOf)];
        foreach (string source in (await CronOwners.SourcesAsync(rq).ConfigureAwait(false)).Where(source => source.StartsWith(SourcePrefix, StringComparison.Ordinal)))
        {
            if (loaded.Contains(source) && !tables.Contains(source))
                await rq.Cron.ReplaceAsync(source, []).ConfigureAwait(false);
        }
    }

    /// <summary>What the attributes of methods say.</summary>
    /// <exception cref="ArgumentException">One says what cannot be; the message names the method.</exception>
    internal static IReadOnlyList<(MethodInfo Method, CronSchedule Schedule)> Read(IEnumerable<MethodInfo> methods)
    {
        (MethodInfo Method, CronSchedule Schedule)[] all = [.. methods.SelectMany(method => SchedulesOf(method).Select(schedule => (method, schedule)))];
        CheckNames(all);
        return all;
    }

    private static string SourceOf(Assembly assembly) => SourcePrefix + assembly.GetName().Name;

    private static IEnumerable<CronSchedule> SchedulesOf(MethodInfo method)
    {
        JobMethod.Check(method);
        if (JobMethod.ArgumentCount(method).Least > 0)
        {
            throw new ArgumentException(
                $"'{JobMethod.FullName(method)}' is marked [Cron], but needs arguments, which no schedule has for it. Give its parameters default values, " +
                "or schedule a call of it with rq.Cron.AddOrUpdateAsync.");
        }

        return method.GetCustomAttributes<CronAttribute>().Select(mark => ScheduleOf(method, mark));
    }

    private static CronSchedule ScheduleOf(MethodInfo method, CronAttribute mark)
    {
        try
        {
            var schedule = new CronSchedule
            {
                Name = mark.Name ?? JobMethod.NameOf(method),
                Call = JobCall.To(method, []),
                Cron = mark.Cron,
                TimeZone = mark.TimeZone,
                Overlap = mark.Overlap,
                MissedRuns = mark.MissedRuns == 0 ? MissedRuns.Skip : MissedRuns.RunAll(mark.MissedRuns),
                Jitter = TimeSpan.FromSeconds(mark.JitterSeconds),
            };
            _ = new Occurrences(schedule, DateTimeOffset.UnixEpoch);
            return schedule;
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"The [Cron(\"{mark.Cron}\")] of '{JobMethod.FullName(method)}' cannot be: {exception.Message}", exception);
        }
    }

    private static void CheckNames((MethodInfo Method, CronSchedule Schedule)[] all)
    {
        if (all.GroupBy(each => each.Schedule.Name).FirstOrDefault(name => name.Count() > 1) is not { } twice)
            return;
        throw new ArgumentException(
            $"The name '{twice.Key}' is given to several schedules marked [Cron], at {string.Join(", ", twice.Select(each => $"'{JobMethod.FullName(each.Method)}'").Distinct())}. " +
            "Give each a name of its own: [Cron(…, Name = \"…\")].");
    }
}
