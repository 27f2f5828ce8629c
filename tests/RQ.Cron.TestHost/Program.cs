using Microsoft.Extensions.Logging.Abstractions;
using RQ;
using RQ.Scheduling;
using StackExchange.Redis;

// A program that stores schedules at its start, as each of many replicas does.
//   table URL START NAME…   waits until the key START exists, and stores a table of these schedules
//   methods URL             stores the schedules of its methods
await using RqConnection rq = await RqConnection.ConnectAsync(args[1]);
switch (args[0])
{
    case "table":
        IDatabase database = rq.Multiplexer.GetDatabase();
        await database.StringIncrementAsync(args[2] + ":ready");
        while (!await database.KeyExistsAsync(args[2]))
            await Task.Delay(5);
        await rq.Cron.ReplaceAsync("site", args[3..].Select((name, i) => CronSchedule.For(name, $"*/{i + 1} * * * *", () => Site.Nightly.CleanUp())));
        return 0;
    case "methods":
        await CronMethods.RegisterAsync(rq, new JobFunctions(), NullLogger.Instance);
        return 0;
    default:
        return 2;
}
