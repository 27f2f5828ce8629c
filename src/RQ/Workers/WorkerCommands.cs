using System.Globalization;
using System.Text;
using System.Text.Json;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>The commands to a worker on its channel <c>rq:pubsub:{name}</c>. The texts are Python's, byte for byte.</summary>
internal static class WorkerCommands
{
    public const string Shutdown = """{"command": "shutdown"}""";

    public const string KillHorse = """{"command": "kill-horse"}""";

    public static string StopJob(string id) => $$"""{"command": "stop-job", "job_id": {{Quote(id)}}}""";

    public static string StopExecution(string id, string execution) =>
        $$"""{"command": "stop-execution", "job_id": {{Quote(id)}}, "execution_id": {{Quote(execution)}}}""";

    /// <summary>Sends it once; a worker that does not listen at this moment never gets it.</summary>
    /// <returns>Whether anybody listened.</returns>
    public static async Task<bool> SendAsync(RqConnection rq, string worker, string command)
    {
        var channel = RedisChannel.Literal(rq.Keys.Commands(worker));
        if (await rq.Multiplexer.GetSubscriber().PublishAsync(channel, command, CommandFlags.DemandMaster).ConfigureAwait(false) > 0)
            return true;
        // A message reaches those who listen at other nodes of the cluster, or at replicas, but only those at its own server are counted.
        foreach (IServer server in rq.HasSeveralServers ? rq.Multiplexer.GetServers().Where(each => each.IsConnected) : [])
        {
            if (await IsHeardAtAsync(server, channel).ConfigureAwait(false))
                return true;
        }

        return false;
    }

    private static async Task<bool> IsHeardAtAsync(IServer server, RedisChannel channel)
    {
        try
        {
            return await server.SubscriptionSubscriberCountAsync(channel).ConfigureAwait(false) > 0;
        }
        catch (RedisException)
        {
            // It has gone meanwhile, or does not tell this user.
            return false;
        }
    }

    /// <summary>The texts of the command; empty for what is no JSON object.</summary>
    public static Dictionary<string, string> Read(string? payload)
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

    /// <summary>As Python's <c>json.dumps</c> writes a text: everything outside of ASCII is escaped, in lower-case hex digits.</summary>
    private static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append(@"\\"),
                '\n' => quoted.Append(@"\n"),
                '\r' => quoted.Append(@"\r"),
                '\t' => quoted.Append(@"\t"),
                '\f' => quoted.Append(@"\f"),
                '\b' => quoted.Append(@"\b"),
                >= ' ' and <= '~' => quoted.Append(c),
                _ => quoted.Append(CultureInfo.InvariantCulture, $@"\u{(int)c:x4}"),
            };
        }

        return quoted.Append('"').ToString();
    }
}
