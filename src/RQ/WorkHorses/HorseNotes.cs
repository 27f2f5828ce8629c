using RQ.Executions;

namespace RQ.WorkHorses;

/// <summary>Sends what a job says about itself to the worker, which writes it. What it has left running is not heard once it has ended: the next job runs then.</summary>
internal sealed class HorseNotes(HorseChannel channel) : IExecutionNotes
{
    private volatile bool _isClosed;

    public void Progress(double fraction, string? text)
    {
        if (_isClosed)
            return;
        channel.Send(HorseMessage.Progress, writer =>
        {
            writer.Write(fraction);
            writer.Write(text is not null);
            writer.Write(text ?? "");
        });
    }

    public void Log(string line)
    {
        if (!_isClosed)
            channel.Send(HorseMessage.JobLog, writer => writer.Write(line));
    }

    // How the job ended comes behind it on the same connection.
    public Task FlushAsync()
    {
        _isClosed = true;
        return Task.CompletedTask;
    }
}
