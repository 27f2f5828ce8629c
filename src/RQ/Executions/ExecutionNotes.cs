using RQ.Diagnostics;
using RQ.Jobs;
using RQ.Redis.Transitions;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// Carries what a running job says about itself to the server. The job never waits: what it says is collected, and one call at
/// a time takes everything that has come together.
/// </summary>
internal sealed class ExecutionNotes(WorkerSetup setup, Execution execution) : IExecutionNotes
{
    /// <summary>How many lines one call carries.</summary>
    private const int Bite = 200;

    private static readonly TimeSpan s_gap = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_flushLimit = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Queue<JobLogLine> _lines = new();
    private readonly TaskCompletionSource _flush = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private JobProgress? _progress;
    private long _firstNumber;
    private Task? _pump;
    private bool _isClosed;

    public void Progress(double fraction, string? text)
    {
        double shown = double.IsNaN(fraction) ? 0 : Math.Clamp(fraction, 0, 1);
        Add(() => _progress = new JobProgress(shown, text is null ? null : LogLineText.Cut(text), setup.Time.GetUtcNow()));
    }

    public void Log(string line)
    {
        var entry = new JobLogLine(setup.Time.GetUtcNow(), LogLineText.Cut(line), execution.Id);
        Add(() =>
        {
            _lines.Enqueue(entry);
            if (_lines.Count <= Note.KeptLines)
                return;
            // More than is kept anyway: a job that writes faster than the server takes loses its oldest lines.
            _lines.Dequeue();
            _firstNumber++;
        });
    }

    // A server that is away must not hold up the job.
    public async Task FlushAsync()
    {
        Task? pump;
        lock (_lock)
        {
            _isClosed = true;
            pump = _pump;
        }

        if (pump is null)
            return;
        _flush.TrySetResult();
        try
        {
            await pump.WaitAsync(s_flushLimit, setup.Time).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            Diagnostics.Log.NotesLost(setup.Log, exception, setup.Name, execution.JobId);
        }
    }

    // What a job says after its end, having been given up, is not heard.
    private void Add(Action add)
    {
        lock (_lock)
        {
            if (_isClosed)
                return;
            add();
            _pump ??= Task.Run(PumpAsync);
        }
    }

    private async Task PumpAsync()
    {
        while (true)
        {
            JobProgress? progress;
            JobLogLine[] lines;
            long firstNumber;
            lock (_lock)
            {
                if (_progress is null && _lines.Count == 0)
                {
                    _pump = null;
                    return;
                }

                progress = _progress;
                lines = [.. _lines.Take(Bite)];
                firstNumber = _firstNumber;
            }

            if (!await SendAsync(progress, firstNumber, lines).ConfigureAwait(false) && _flush.Task.IsCompleted)
                return;
            // When the job has ended there are no more pauses.
            await Task.WhenAny(_flush.Task, Task.Delay(s_gap, setup.Time)).ConfigureAwait(false);
        }
    }

    /// <summary>Sends them, and forgets them once they are written or can no longer be.</summary>
    private async Task<bool> SendAsync(JobProgress? progress, long firstNumber, JobLogLine[] lines)
    {
        try
        {
            await Note.ExecuteAsync(setup.Connection, execution, progress, firstNumber, lines).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (_flush.Task.IsCompleted)
                Diagnostics.Log.NotesLost(setup.Log, exception, setup.Name, execution.JobId);
            else
                Diagnostics.Log.NotesDelayed(setup.Log, exception, setup.Name, execution.JobId);
            return false;
        }

        lock (_lock)
        {
            if (ReferenceEquals(_progress, progress))
                _progress = null;
            while (_firstNumber < firstNumber + lines.Length && _lines.Count > 0)
            {
                _lines.Dequeue();
                _firstNumber++;
            }
        }

        return true;
    }
}
