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
    /// <exception cref="ArgumentException">
    /// An attribute says what cannot be; the message names the method. Of its assembly nothing was stored or removed; those of all others were.
    /// </exception>
    public static async Task RegisterAsync(RqConnection rq, JobFunctions functions, ILogger log)
    {
        // Before its methods are looked for: one that is loaded meanwhile was not looked at, and may have some.
        HashSet<string> loaded = [.. AppDomain.CurrentDomain.GetAssemblies().Select(SourceOf)];
        (CronMethodTables tables, List<string> problems) = CronMethodTables.Read(functions.FindScheduled());
        foreach ((string source, IReadOnlyList<CronSchedule> table) in tables.Good)
        {
            await rq.Cron.ReplaceAsync(source, table).ConfigureAwait(false);
            Log.CronMethodsStored(log, table.Count, source);
        }

        foreach (string source in (await CronOwners.SourcesAsync(rq).ConfigureAwait(false)).Where(source => source.StartsWith(SourcePrefix, StringComparison.Ordinal)))
        {
            if (loaded.Contains(source) && !tables.Sources.Contains(source))
                await rq.Cron.ReplaceAsync(source, []).ConfigureAwait(false);
        }

        if (problems.Count > 0)
            throw new ArgumentException(string.Join(' ', problems));
    }

    /// <summary>What the attributes of methods say.</summary>
    /// <exception cref="ArgumentException">One says what cannot be; the message names the method.</exception>
    internal static IReadOnlyList<(MethodInfo Method, CronSchedule Schedule)> Read(IEnumerable<MethodInfo> methods)
    {
        (MethodInfo Method, CronSchedule Schedule)[] all = [.. methods.SelectMany(method => SchedulesOf(method).Select(schedule => (method, schedule)))];
        CheckNames(all);
        return all;
    }

    internal static string SourceOf(Assembly assembly) => SourcePrefix + assembly.GetName().Name;

    private static IEnumerable<CronSchedule> SchedulesOf(MethodInfo method)
    {
        Check(method);
        if (JobMethod.ArgumentCount(method).Least > 0)
        {
            throw new ArgumentException(
                $"'{JobMethod.FullName(method)}' is marked [Cron], but needs arguments, which no schedule has for it. Give its parameters default values, " +
                "or schedule a call of it with rq.Cron.AddOrUpdateAsync.");
        }

        return method.GetCustomAttributes<CronAttribute>(inherit: false).Select(mark => ScheduleOf(method, mark));
    }

    private static void Check(MethodInfo method)
    {
        try
        {
            JobMethod.Check(method);
        }
        // An assembly that is not deployed: it must not look as if the schedule were gone.
        catch (Exception exception) when (exception is not (ArgumentException or OutOfMemoryException))
        {
            throw new ArgumentException($"'{JobMethod.FullName(method)}' is marked [Cron], but it cannot be read: {exception.Message}", exception);
        }
    }

    private static CronSchedule ScheduleOf(MethodInfo method, CronAttribute mark)
    {
        try
        {
            var schedule = new CronSchedule
            {
                Name = mark.Name ?? JobMethod.NameOf(method),
                Call = CallOf(method),
                Cron = mark.Cron,
                TimeZone = mark.TimeZone,
                Overlap = mark.Overlap,
                MissedRuns = Missed(mark.MissedRuns),
                Jitter = TimeSpan.FromSeconds(mark.JitterSeconds),
            };
            // Without arguments any format will do.
            CronDefinition.Check(schedule, null, 0);
            return schedule;
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"The [Cron(\"{mark.Cron}\")] of '{JobMethod.FullName(method)}' cannot be: {exception.Message}", exception);
        }
    }

    private static JobCall CallOf(MethodInfo method)
    {
        var called = CalledMethod.Of(method, through: null);
        return JobCall.To(called, new CallArguments(called));
    }

    private static MissedRuns Missed(int most) => most is >= 0 and <= 10_000
        ? most == 0 ? MissedRuns.Skip : MissedRuns.RunAll(most)
        : throw new ArgumentException($"MissedRuns is {most}: 0 for none, 1 for the last, up to 10,000.");

    internal static void CheckNames(IReadOnlyList<(MethodInfo Method, CronSchedule Schedule)> all)
    {
        if (all.GroupBy(each => each.Schedule.Name).FirstOrDefault(name => name.Count() > 1) is not { } twice)
            return;
        throw new ArgumentException(
            $"The name '{twice.Key}' is given to several schedules marked [Cron], at {string.Join(", ", twice.Select(each => $"'{JobMethod.FullName(each.Method)}'").Distinct())}. " +
            "Give each a name of its own: [Cron(…, Name = \"…\")].");
    }
}
