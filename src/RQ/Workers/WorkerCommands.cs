using System.Globalization;
using System.Text;
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
    public static async Task<bool> SendAsync(RqConnection rq, string worker, string command) =>
        await rq.Multiplexer.GetSubscriber().PublishAsync(RedisChannel.Literal(rq.Keys.Commands(worker)), command).ConfigureAwait(false) > 0;

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
