using RQ.Jobs;
using RQ.Serialization;

namespace RQ;

public partial class Job
{
    /// <summary>How far the running job last said it is; <c>null</c> when it never did. A retry keeps it until it says something itself.</summary>
    public JobProgress? Progress => ProgressText.Read(_hash.Text(JobFields.Progress)) is { } progress
        ? progress with { Text = Shown(progress.Text, PayloadKind.Progress) }
        : null;

    /// <summary>The lines that the job wrote with <see cref="JobContext.Log"/>, of all its runs, oldest first. Of more than 1,000 the last ones are kept, as long as the job is.</summary>
    /// <param name="offset">How many of the kept lines to skip.</param>
    /// <param name="count">How many to return at most; −1 for all.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="offset"/> is negative.</exception>
    public async Task<IReadOnlyList<JobLogLine>> GetLogAsync(int offset = 0, int count = -1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (count == 0)
            return [];
        var lines = await Connection.Primary
            .ListRangeAsync(Connection.Keys.JobLog(Id), offset, count < 0 ? -1 : (long)offset + count - 1)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        return [.. lines.Select(line => LogLineText.Read((string?)line)).OfType<JobLogLine>().Select(line => line with { Text = Shown(line.Text, PayloadKind.LogLine)! })];
    }

    private string? Shown(string? text, PayloadKind kind) => text is null ? null : _connection?.Serializers.Show(Id, text, kind) ?? text;

    /// <summary>What callbacks see: how the job is about to be stored.</summary>
    internal void ShowAs(JobStatus status) => Status = status;
}
