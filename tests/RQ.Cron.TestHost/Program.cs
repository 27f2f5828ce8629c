using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RQ;
using RQ.Scheduling;

// A program that stores schedules at its start, as each of many replicas does.
//   table URL NAME…   says "ready", waits for a line, and stores a table of these schedules
//   methods URL       stores the schedules of its methods
//   late URL NAME     the same; loads an assembly when its own table has been stored
await using RqConnection rq = await RqConnection.ConnectAsync(args[1]);
switch (args[0])
{
    case "table":
        Console.WriteLine("ready");
        Console.ReadLine();
        await rq.Cron.ReplaceAsync("site", args[2..].Select((name, i) => CronSchedule.For(name, $"*/{i + 1} * * * *", () => Site.Nightly.CleanUp())));
        return 0;
    case "methods":
        await CronMethods.RegisterAsync(rq, new JobFunctions(), NullLogger.Instance);
        return 0;
    case "late":
        bool wasLoaded = AppDomain.CurrentDomain.GetAssemblies().Any(assembly => assembly.GetName().Name == args[2]);
        var loader = new Loader(args[2]);
        await CronMethods.RegisterAsync(rq, new JobFunctions(), loader);
        return !wasLoaded && loader.HasLoaded ? 0 : 3;
    default:
        return 2;
}

/// <summary>Loads an assembly as soon as something is logged.</summary>
internal sealed class Loader(string name) : ILogger
{
    public bool HasLoaded { get; private set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        HasLoaded = Assembly.Load(name) is not null;
}
