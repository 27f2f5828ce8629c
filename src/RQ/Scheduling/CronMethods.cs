using Microsoft.Extensions.Logging;

namespace RQ.Scheduling;

/// <summary>The schedules of methods marked <see cref="CronAttribute"/>: one table for each assembly, by its name.</summary>
internal static class CronMethods
{
    /// <summary>Stores the tables of all assemblies that the functions come from. An assembly without such methods has no table: what an earlier build of it stored is removed.</summary>
    /// <exception cref="ArgumentException">An attribute says what cannot be; the message names the method.</exception>
    public static Task RegisterAsync(RqConnection rq, JobFunctions functions, ILogger log) => throw new NotImplementedException($"{rq}{functions}{log}");
}
