namespace RQ.Hosting.Tests;

/// <summary>What cron schedules of tests run.</summary>
public sealed class ScheduledJobs(SharedNotes notes)
{
    public void Note(string text) => notes.Add(text);

    public Task NoteAsync(string text)
    {
        notes.Add(text);
        return Task.CompletedTask;
    }

    public static void Nothing()
    {
    }

    public static Task NothingAsync() => Task.CompletedTask;
}
