using System.Globalization;
using System.Text;
using RQ.Tool.Terminal;

namespace RQ.Tool.Info;

/// <summary>Writes a snapshot as RQ 2.10's <c>rq info</c> does. Same as <c>show_queues</c> and <c>show_workers</c> in rq/cli/helpers.py.</summary>
/// <param name="settings">Which parts, and how.</param>
/// <param name="paint">Colours.</param>
/// <param name="width">The terminal's width; <c>null</c> asks.</param>
internal sealed class InfoReport(InfoSettings settings, Paint paint, int? width = null)
{
    private const int NameWidth = 12;
    private const int WidestBar = 20;

    // Bars of different moments stay comparable while the longest queue stays below the same step.
    private static readonly long[] s_scales = [20, 50, 100, 200, 400, 600, 800, 1000];

    /// <param name="snapshot">What to show.</param>
    /// <param name="isRepeated">Whether a terminal is cleared first.</param>
    public string Write(Snapshot snapshot, bool isRepeated = false)
    {
        var text = new StringBuilder(isRepeated ? paint.Clear : "");
        bool both = settings.OnlyQueues == settings.OnlyWorkers;
        if (both || settings.OnlyQueues)
            WriteQueues(text, snapshot);
        if (both && !settings.Raw)
            text.Append('\n');
        if (both || settings.OnlyWorkers)
            WriteWorkers(text, snapshot);
        if (both && !settings.Raw)
            text.Append(CultureInfo.InvariantCulture, $"\nUpdated: {Moment(snapshot.Time)}\n");
        return text.ToString();
    }

    private void WriteQueues(StringBuilder text, Snapshot snapshot)
    {
        long most = snapshot.Queues.Select(queue => queue.Count).DefaultIfEmpty(0).Max();
        long scale = Array.Find(s_scales, step => most <= step) is > 0 and long step ? step : most;
        int widest = Math.Clamp((width ?? TerminalWidth.Columns) - 20, 0, WidestBar);
        foreach (QueueInfo queue in snapshot.Queues)
        {
            string name = PlainText.Line(queue.Name);
            string head = settings.Raw
                ? $"queue {name}"
                : $"{Pad(name, NameWidth)} {paint.Green("|" + new string('█', (int)(queue.Count * widest / scale)))}";
            text.Append(CultureInfo.InvariantCulture, $"{head} {queue.Count}, {queue.Executing} executing, {queue.Finished} finished, {queue.Failed} failed\n");
        }

        if (!settings.Raw)
            text.Append(CultureInfo.InvariantCulture, $"{snapshot.Queues.Count} queues, {snapshot.Queues.Sum(queue => queue.Count)} jobs total\n");
    }

    private void WriteWorkers(StringBuilder text, Snapshot snapshot)
    {
        if (settings.ByQueue)
            WriteByQueue(text, snapshot);
        else
        {
            foreach (WorkerLine worker in snapshot.Workers)
            {
                string name = $"{PlainText.Line(worker.Name)} ({PlainText.Line(worker.Address)})", queues = PlainText.Line(string.Join(", ", worker.Queues));
                string head = settings.Raw ? $"worker {name} {PlainText.Line(worker.State)}" : $"{name}: {State(worker.State)}";
                text.Append(CultureInfo.InvariantCulture, $"{head} {queues}. jobs: {worker.Finished} finished, {worker.Failed} failed\n");
            }
        }

        if (!settings.Raw)
            text.Append(CultureInfo.InvariantCulture, $"{snapshot.Workers.Count} workers, {snapshot.Queues.Count} queues\n");
    }

    private void WriteByQueue(StringBuilder text, Snapshot snapshot)
    {
        Dictionary<string, string> states = snapshot.Workers.ToDictionary(worker => worker.Name, worker => worker.State);
        int longest = snapshot.Queues.Select(queue => PlainText.Line(queue.Name).EnumerateRunes().Count()).DefaultIfEmpty(0).Max();
        foreach (QueueInfo queue in snapshot.Queues)
        {
            string[] workers = [.. queue.Workers.Where(states.ContainsKey).Select(name => $"{PlainText.Line(name)} ({State(states[name])})").Order(StringComparer.Ordinal)];
            text.Append(CultureInfo.InvariantCulture, $"{Pad(PlainText.Line(queue.Name) + ":", longest + 1)} {(workers.Length == 0 ? "–" : string.Join(", ", workers))}\n");
        }
    }

    private string State(string state) => state switch
    {
        "busy" => paint.Red(state),
        "idle" => paint.Green(state),
        "suspended" => paint.Yellow(state),
        _ => PlainText.Line(state),
    };

    // As Python counts: characters, not UTF-16 units.
    private static string Pad(string text, int width) => text + new string(' ', Math.Max(0, width - text.EnumerateRunes().Count()));

    // As Python prints a datetime: no fraction for a whole second.
    private static string Moment(DateTimeOffset time) =>
        time.ToString(time.Ticks % TimeSpan.TicksPerSecond < 10 ? "yyyy-MM-dd HH:mm:ss" : "yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
}
