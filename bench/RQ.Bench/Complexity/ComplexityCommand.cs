using System.Globalization;

namespace RQ.Bench.Complexity;

/// <summary>What each operation costs the server, by how much there is of what could matter to it: a table for each.</summary>
internal static class ComplexityCommand
{
    private const int Steps = 4;

    /// <param name="outputs">Where the tables go, one by one.</param>
    /// <param name="divisor">How much smaller everything is than it should be; 1 for the real thing.</param>
    /// <param name="cancellationToken">Ends it, and the server with it.</param>
    public static async Task RunAsync(IReadOnlyList<TextWriter> outputs, int divisor, CancellationToken cancellationToken)
    {
        Write(outputs, "\nRedis CPU per operation in µs, all of it: reading the command, the work, the answer.");
        foreach (Axis axis in Axis.All)
        {
            // A new server for each: what was in it before leaves traces in its memory and its tables.
            using RedisProcess redis = await RedisProcess.StartAsync();
            await using RqConnection rq = await RqConnection.ConnectAsync(redis.Url, new RqConnectionOptions { Configure = configuration => configuration.AllowAdmin = true }, cancellationToken);
            var world = new World(rq, new ServerInfo(rq));
            await world.Work.WarmUpAsync();
            Write(outputs, Table(axis, SizesOf(axis, divisor), await MeasureAsync(axis, SizesOf(axis, divisor), world, cancellationToken)));
        }
    }

    /// <summary>Three decades, each with its end.</summary>
    private static int[] SizesOf(Axis axis, int divisor) =>
        [.. Enumerable.Range(0, Steps).Select(step => Math.Max(axis.Largest / divisor / (int)Math.Pow(10, Steps - 1 - step), 1))];

    private static async Task<double[][]> MeasureAsync(Axis axis, int[] sizes, World world, CancellationToken cancellationToken)
    {
        double[][] costs = [.. axis.Operations.Select(_ => new double[sizes.Length])];
        for (int column = 0; column < sizes.Length; column++)
        {
            if (axis.BeginsAnew)
                await world.Work.EmptyAsync();
            for (int row = 0; row < costs.Length; row++)
            {
                if (row == 0 || !axis.BeginsAnew)
                    await axis.GrowAsync(world, sizes[column]).WaitAsync(cancellationToken);
                costs[row][column] = await axis.Operations[row].MeasureAsync(world).WaitAsync(cancellationToken);
                await Console.Error.WriteLineAsync($"{axis.Name}: {sizes[column]}: {axis.Operations[row].Name}: {Figure.Number(costs[row][column])} us");
            }
        }

        return costs;
    }

    private static string Table(Axis axis, int[] sizes, double[][] costs)
    {
        IEnumerable<string> rows = axis.Operations.Zip(costs, (operation, row) =>
            $"| {operation.Name} | {string.Join(" | ", row.Select(Figure.Number))} | {Figure.Number(row[^1] / row[0])} |");
        return string.Join('\n',
        [
            $"\n| {axis.Name} | {string.Join(" | ", sizes.Select(size => size.ToString("N0", CultureInfo.InvariantCulture)))} | last to first |",
            $"| --- |{string.Concat(sizes.Select(_ => " ---: |"))} ---: |",
            .. rows,
        ]);
    }

    private static void Write(IReadOnlyList<TextWriter> outputs, string text)
    {
        foreach (TextWriter output in outputs)
            output.WriteLine(text);
    }
}
