using System.Globalization;
using RQ.Model;
using RQ.Model.Plays;
using RQ.TestSupport;

// Compares the scripts with the model over random plays, for as long as one likes:
//   dotnet run --project tests/RQ.Model -- [--steps N | --long 2h] [--seed S] [--url redis://…] [--embedded] [--length N] [--replay FILE] [--mistakes]
string? Value(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;

ulong seed = Value("--seed") is { } given ? ulong.Parse(given, CultureInfo.InvariantCulture) : (ulong)Random.Shared.Next(1, 1_000_000);
TimeSpan? time = Value("--long") is { } text ? Duration(text) : null;
RedisServer? own = null;
string? url = args.Contains("--embedded") ? "embedded:" : Value("--url");
if (url is null)
{
    own = await RedisServer.StartAsync();
    url = own.Url();
}

try
{
    await using ModelCheck check = await ModelCheck.ConnectAsync(url);
    if (Value("--replay") is { } file)
    {
        (long made, Exception? failure) = await check.PlayAsync(Command.ParseAll(await File.ReadAllTextAsync(file)), seed);
        Console.WriteLine(failure is null ? $"{made} steps, nothing found." : failure.Message);
        return failure is null ? 0 : 1;
    }

    if (args.Contains("--mistakes"))
    {
        bool all = true;
        foreach (Mistakes.Mistake mistake in Mistakes.All)
        {
            ModelCheckReport found = await check.RunAsync(new ModelCheckOptions { Seed = seed, Steps = 60_000, Faults = mistake.Faults, ShrinkingTime = TimeSpan.FromSeconds(20) });
            all &= found.Failure is not null;
            Console.WriteLine($"| {mistake.What} | `{mistake.Script}.lua` | {(found.Failure is { } shown ? $"{shown.Steps} | {shown.Commands.Count}" : $"not within {found.Steps} |")} |");
        }

        return all ? 0 : 1;
    }

    Console.WriteLine($"Seed {seed}.");
    ModelCheckReport report = await check.RunAsync(new ModelCheckOptions
    {
        Seed = seed,
        Steps = time is not null ? long.MaxValue : Value("--steps") is { } steps ? long.Parse(steps, CultureInfo.InvariantCulture) : 20_000,
        Time = time,
        Length = Value("--length") is { } length ? int.Parse(length, CultureInfo.InvariantCulture) : 150,
        Progress = Console.WriteLine,
    });
    Console.WriteLine(report.Coverage);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{report.Steps} steps in {report.Plays} plays, {report.Coverage.SentTwice} calls sent twice, {report.Coverage.DeliveredLate} pieces of work held up, {report.Elapsed.TotalSeconds:F0} s, {report.Steps / report.Elapsed.TotalSeconds:F0} steps/s, seed {seed}."));
    Console.WriteLine(report.Failure is null ? "Nothing found." : report.Failure.ToString());
    return report.Failure is null ? 0 : 1;
}
finally
{
    if (own is not null)
        await own.DisposeAsync();
}

static TimeSpan Duration(string text) => double.Parse(text[..^1], CultureInfo.InvariantCulture) * text[^1] switch
{
    'h' => TimeSpan.FromHours(1), 'm' => TimeSpan.FromMinutes(1), 's' => TimeSpan.FromSeconds(1), _ => throw new ArgumentException("Say how long as 2h, 30m or 90s."),
};
