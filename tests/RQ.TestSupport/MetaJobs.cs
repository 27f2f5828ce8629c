namespace RQ.TestSupport;

/// <summary>Jobs that save values of their own.</summary>
public static class MetaJobs
{
    public static async Task CountAsync(bool fail, JobContext context)
    {
        for (int i = 1; i <= 50; i++)
            await context.Job.SetMetaAsync("count", i);
        if (fail)
            throw new InvalidOperationException("after 50");
    }
}
