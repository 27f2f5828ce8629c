using RQ.Bench;
using RQ.Bench.Races;
using StackExchange.Redis;

try
{
    return args is ["race", .. var rest] ? await RaceCommand.RunAsync(rest) : await MeasureCommand.RunAsync(args);
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine($"{exception.Message}\n{(args is ["race", ..] ? RaceOptions.Usage : BenchOptions.Usage)}");
    return 2;
}
catch (Exception exception) when (exception is InvalidOperationException or RedisConnectionException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
