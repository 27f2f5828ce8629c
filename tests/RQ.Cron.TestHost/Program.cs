using Microsoft.Extensions.Logging.Abstractions;
using RQ;
using RQ.Scheduling;

// A program that stores schedules at its start, as each of many replicas does.
//   table URL NAME…   says "ready", waits for a line, and stores a table of these schedules
//   methods URL       stores the schedules of its methods
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
    default:
        return 2;
}
