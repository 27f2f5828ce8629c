using RQ;

namespace WebApp;

/// <summary>What runs in the background. The worker makes one for each job, with what it needs from the application's services.</summary>
public sealed class WordCounter(ILogger<WordCounter> log)
{
    private static long s_total;

    /// <summary>Runs every hour: the schedule is in Program.cs.</summary>
    [Job(Queue = "words")]
    public void LogTotal() => log.LogInformation("{Total} words so far", Interlocked.Read(ref s_total));

    [Job]
    public async Task<int> CountAsync(string text, CancellationToken cancellationToken)
    {
        // As if it were much work.
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        int words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        Interlocked.Add(ref s_total, words);
        log.LogInformation("Counted {Words} words", words);
        return words;
    }
}
