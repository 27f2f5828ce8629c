using RQ;

namespace Quickstart;

/// <summary>The jobs: ordinary public methods, which know nothing of queues unless they ask.</summary>
public static class Words
{
    private static readonly HttpClient s_http = new();

    /// <summary>How many words the document at a URL has.</summary>
    public static async Task<int> CountAtUrl(string url)
    {
        string text = await s_http.GetStringAsync(url);
        return text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
    }

    /// <summary>The sum of what the jobs returned that this one depends on.</summary>
    public static async Task<int> Total()
    {
        Job me = JobContext.Current!.Job;
        int total = 0;
        foreach (string id in me.DependencyIds)
        {
            Job<int> job = await Job<int>.FetchAsync(id, me.Connection);
            JobResult<int>? result = await job.GetLatestResultAsync();
            total += result!.Value;
        }

        return total;
    }
}
