namespace RQ.TestSupport;

/// <summary>A format of one's own: JSON behind a byte that no format of RQ begins with.</summary>
public sealed class MarkedSerializer : JobSerializer
{
    public override string Name => "marked";

    public override byte[] Serialize(object? data) => [1, .. Json.Serialize(data)];

    public override object? Deserialize(ReadOnlyMemory<byte> bytes) => Json.Deserialize(bytes[1..]);

    public override bool CanRead(ReadOnlySpan<byte> bytes) => bytes.Length > 0 && bytes[0] == 1;
}

/// <summary>Gives a worker that format, and a filter that shows where the job ran.</summary>
public sealed class MarkedStartup : IWorkerStartup
{
    public void Configure(WorkerOptions options)
    {
        options.Serializer = new MarkedSerializer();
        options.ExecutionFilters.Add(new ProcessFilter());
    }

    private sealed class ProcessFilter : IExecutionFilter
    {
        public async ValueTask ExecuteAsync(JobContext context, Func<ValueTask> next)
        {
            await next();
            context.ReturnValue = $"{context.ReturnValue} in {Environment.ProcessId}";
        }
    }
}
