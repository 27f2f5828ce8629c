using System.Text.Json;
using RQ.Diagnostics;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>Listens for commands to this worker on <c>rq:pubsub:{name}</c>, from Python or .NET. Commands it does not know are ignored, as in RQ.</summary>
internal sealed class CommandListener(WorkerSetup setup) : IAsyncDisposable
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
        switch (CommandOf(payload))
        {
            case "shutdown":
                Log.CommandReceived(setup.Log, setup.Name, "shutdown");
                _ = _shutdown.CancelAsync();
                break;
        }
    }

    private static string? CommandOf(string? payload)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(payload ?? "");
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("command", out JsonElement command)
                ? command.ToString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
