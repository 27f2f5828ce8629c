namespace RQ.TestSupport;

/// <summary>Jobs that say themselves whether they are run again, and what they are doing.</summary>
public static class AttemptJobs
{
    public static Retry AsksAgain(string key, int max)
    {
        TestJobs.CountRun(key);
        return new Retry(max);
    }

    public static object AsksAgainOnce(string key) => TestJobs.CountRun(key) == 1 ? new Retry(3) : "done";

    public static void AsksAgainLater(string key)
    {
        TestJobs.CountRun(key);
        throw new RetryAfterException(TimeSpan.Zero, "not yet");
    }

    public static void GivesUp(string key)
    {
        TestJobs.CountRun(key);
        throw new GiveUpException("it will never work");
    }

    public static void FailsAs(string key, string kind)
    {
        TestJobs.CountRun(key);
        throw kind == "format" ? new FormatException("format") : new InvalidOperationException(kind);
    }

    public static async Task TellsAsync(string gate, JobContext context)
    {
        context.Log("first");
        context.Progress(0.25);
        context.Log("second");
        context.Progress(0.5, "half");
        await TestJobs.Gate(gate).Opened.Task.WaitAsync(context.CancellationToken);
        context.Log("third");
        context.Progress(7, "all");
    }

    public static int TellsALot(int lines, JobContext context)
    {
        for (int i = 0; i < lines; i++)
        {
            context.Log($"line {i}");
            context.Progress((double)i / lines, $"{i}");
        }

        context.Log(new string('ä', 5000));
        return lines;
    }

    public static void TellsAndFails(string line, JobContext context)
    {
        context.Log(line);
        throw new InvalidOperationException("after the line");
    }

    public static async Task<string> WhoAmIAsync(JobContext context)
    {
        await Task.Yield();
        return $"{context.WorkerName} {context.Job.Id} {JobContext.Current!.Job.Id} {context.ExecutionId}";
    }
}
