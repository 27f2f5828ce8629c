using System.Text.Json;
using RQ.Diagnostics;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>Listens for commands to this worker on <c>rq:pubsub:{name}</c>, from Python or .NET. Commands it does not know or understand are ignored, as in RQ.</summary>
internal sealed class CommandListener(WorkerSetup setup, RunningExecutions running) : IAsyncDisposable
{
    private readonly CancellationTokenSource _shutdown = new();
    private ChannelMessageQueue? _messages;

    /// <summary>Signalled by the command <c>shutdown</c>.</summary>
    public CancellationToken Shutdown => _shutdown.Token;

    private string Channel => setup.Connection.Keys.Commands(setup.Name);

    public async Task StartAsync()
    {
        Log.Subscribing(setup.Log, setup.Name, Channel);
        _messages = await setup.Connection.Multiplexer.GetSubscriber().SubscribeAsync(RedisChannel.Literal(Channel)).ConfigureAwait(false);
        _messages.OnMessage(message => Obey((string?)message.Message));
    }

    public async ValueTask DisposeAsync()
    {
        if (_messages is not null)
        {
            Log.Unsubscribing(setup.Log, setup.Name, Channel);
            await _messages.UnsubscribeAsync(CommandFlags.FireAndForget).ConfigureAwait(false);
        }

        _shutdown.Dispose();
    }

    private void Obey(string? payload)
    {
        Dictionary<string, string> command = Read(payload);
        switch (command.GetValueOrDefault("command"))
        {
            case "shutdown":
                Log.CommandReceived(setup.Log, setup.Name, "shutdown");
                _ = _shutdown.CancelAsync();
                break;
            case "stop-job" when command.TryGetValue("job_id", out string? id):
                Stop("stop-job", id, each => each.Execution.JobId == id);
                break;
            case "stop-execution" when command.TryGetValue("job_id", out string? id) && command.TryGetValue("execution_id", out string? execution):
                Stop("stop-execution", id, each => each.Execution.JobId == id && each.Execution.Id == execution);
                break;
            case "kill-horse":
                Log.KillHorseIgnored(setup.Log, setup.Name);
                break;
        }
    }

    // The name is looked for among what runs at this moment, not in a slot: a late command hits nothing that came after.
    private void Stop(string command, string jobId, Func<RunningExecution, bool> isMeant)
    {
        Log.CommandReceived(setup.Log, setup.Name, command);
        bool found = false;
        foreach (RunningExecution each in running.All.Where(isMeant))
        {
            if (!each.TryStop())
                continue;
            found = true;
            Log.JobStopping(setup.Log, setup.Name, jobId, each.Execution.Id);
        }

        if (!found)
            Log.StopTooLate(setup.Log, setup.Name, command, jobId);
    }

    /// <summary>The texts of the command; empty for what is no JSON object.</summary>
    private static Dictionary<string, string> Read(string? payload)
    {
        var texts = new Dictionary<string, string>();
        try
        {
            using JsonDocument document = JsonDocument.Parse(payload ?? "");
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return texts;
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Value.ValueKind == JsonValueKind.String)
                    texts[property.Name] = property.Value.GetString()!;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not from RQ, or broken on the way: an unpaired surrogate is refused only when it is read.
            texts.Clear();
        }

        return texts;
    }
}
