using System.Collections.Concurrent;

namespace RQ.Hosting.Tests;

/// <summary>A job class that is made from the container, with a service of its scope.</summary>
public sealed class CountingJob(ScopedService first, ScopedService second, SharedNotes notes)
{
    public bool Run(string text)
    {
        notes.Add($"{text} while its scope {(first.IsDisposed ? "is gone" : "lives")}");
        return ReferenceEquals(first, second);
    }
}

public sealed class ScopedService(SharedNotes notes) : IAsyncDisposable
{
    public bool IsDisposed { get; private set; }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        notes.Add("disposed");
        return ValueTask.CompletedTask;
    }
}

public sealed class SharedNotes
{
    private readonly ConcurrentQueue<string> _notes = new();

    public string[] All => [.. _notes];

    public void Add(string note) => _notes.Enqueue(note);
}

public sealed class NotingFilter(SharedNotes notes) : IExecutionFilter
{
    public async ValueTask ExecuteAsync(JobContext context, Func<ValueTask> next)
    {
        notes.Add("filter before");
        await next();
        notes.Add("filter after");
    }
}

public sealed class NotingHandler(SharedNotes notes) : IJobExceptionHandler
{
    public ValueTask<bool> HandleAsync(JobExceptionContext failure)
    {
        notes.Add($"handler: {failure.Exception.Message}");
        return ValueTask.FromResult(true);
    }
}
