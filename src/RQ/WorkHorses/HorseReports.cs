using RQ.Executions;

namespace RQ.WorkHorses;

/// <summary>Tells the worker how far an execution is.</summary>
internal sealed class HorseReports(HorseChannel channel) : IRunReports
{
    private volatile bool _isDirty;

    /// <summary>Whether code still runs that nobody waits for, so that the process cannot be used again.</summary>
    public bool IsDirty => _isDirty;

    /// <summary>Of the execution that runs. Those of an earlier one are closed.</summary>
    public IExecutionNotes Notes { get; private set; } = new HorseNotes(channel);

    /// <summary>Another execution begins.</summary>
    public void Begin() => Notes = new HorseNotes(channel);

    public void Began(Execution execution) => channel.Send(HorseMessage.Began, writer => writer.Write(execution.StartedAt.UtcTicks));

    // When only our own code comes before the end, that follows at once and takes this along.
    public void Claimed(Execution execution, Exception? exception, bool mayTakeLong) => channel.Send(HorseMessage.Claimed, writer =>
    {
        writer.Write(exception is not null);
        writer.Write(exception is null ? "" : TextOf(exception));
    }, waits: !mayTakeLong);

    public void LeftBehind() => _isDirty = true;

    private static string TextOf(Exception exception)
    {
        try
        {
            return Failure.Of(exception).Text;
        }
        catch (Exception)
        {
            return $"{exception.GetType()}, whose text cannot be shown";
        }
    }
}
