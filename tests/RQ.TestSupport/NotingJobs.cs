namespace RQ.TestSupport;

/// <summary>Jobs that say how far they are, or want to be run again.</summary>
public static class NotingJobs
{
    public static int Note(JobContext context)
    {
        context.Progress(0.5, "half");
        context.Log("a line");
        return 1;
    }

    public static void NoteAndFail(JobContext context)
    {
        Note(context);
        throw new InvalidOperationException("after its notes");
    }

    public static Retry Again() => new(2);
}
