using System.Globalization;
using System.Text;
using RQ.Chaos.Cast;

namespace RQ.Chaos.Soak;

/// <summary>Looks every half minute how much memory the processes and the server take, and says whether it grows.</summary>
internal sealed class MemorySamples(Troupe cast)
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, List<(double Hours, double Value)>> _series = [];
    private readonly long _start = Moment.Now;

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await SampleAsync();
                await Task.Delay(s_every, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }

    /// <summary>A table: at the beginning of the second half, at its end, and the slope of the straight line through it.</summary>
    public string Report()
    {
        var text = new StringBuilder("| memory | samples | at half time, MB | at the end, MB | slope of the second half, MB/h |\n| --- | ---: | ---: | ---: | ---: |\n");
        foreach ((string name, List<(double Hours, double Value)> all) in _series)
        {
            List<(double Hours, double Value)> second = all[(all.Count / 2)..];
            text.Append(string.Create(CultureInfo.InvariantCulture, $"| {name} | {all.Count} | {second[0].Value:0.0} | {second[^1].Value:0.0} | {Slope.Of(second):+0.00;-0.00;0} |\n"));
        }

        return text.Append('\n').ToString();
    }

    private async Task SampleAsync()
    {
        foreach (Member member in cast.Members)
        {
            Add(member.Life.Name, Megabytes(Signals.Memory(member.Life.Pid)));
            if (member.Part is Part.Horse)
                Add($"{member.Life.Name}, its work horses", Megabytes(Signals.Children(member.Life.Pid).Sum(Signals.Memory)));
        }

        Add("Redis, used_memory", Megabytes(await UsedMemoryAsync()));
        Add("Redis, keys (thousands)", (long)await cast.Server.AskAsync("DBSIZE") / 1000.0);
    }

    private void Add(string name, double value)
    {
        if (!_series.TryGetValue(name, out List<(double, double)>? series))
            _series[name] = series = [];
        series.Add((Moment.Seconds(Moment.Now - _start) / 3600, value));
    }

    private async Task<long> UsedMemoryAsync()
    {
        string info = (string)(await cast.Server.AskAsync("INFO", "memory"))!;
        string line = info.Split('\n').First(line => line.StartsWith("used_memory:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan("used_memory:".Length).Trim(), CultureInfo.InvariantCulture);
    }

    private static double Megabytes(long bytes) => bytes / 1024.0 / 1024;
}
