using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using RQ.Conformance.Samples;
using RQ.TestSupport;
using StackExchange.Redis;

namespace RQ.Conformance.Security;

/// <summary>A server with users who have the rights that docs/security.md lists, and no others.</summary>
internal sealed class AclServer : IAsyncDisposable
{
    public const string Page = "docs/security.md";

    /// <summary>What the client library asks for when it connects, and does without.</summary>
    private static readonly string?[] s_askedOnly = ["config|get", "cluster|nodes", "cluster|slots"];

    private const string Password = "l0ng-and-random";

    private readonly RedisServer _server;
    private readonly ConnectionMultiplexer _admin;

    private AclServer(RedisServer server, ConnectionMultiplexer admin, RqConnection rq)
    {
        _server = server;
        _admin = admin;
        Admin = rq;
    }

    /// <summary>A connection that may do everything.</summary>
    public RqConnection Admin { get; }

    public static async Task<AclServer> StartAsync()
    {
        RedisServer server = await RedisServer.StartAsync();
        return new AclServer(
            server, await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true"), await RqConnection.ConnectAsync(server.Url()));
    }

    /// <summary>The rules that the page has for a role, one by one.</summary>
    public static string[] RulesOf(string role)
    {
        string block = Pages.Blocks("```redis", Page).Single(each => each.Contains($"ACL SETUSER {role} ", StringComparison.Ordinal));
        return [.. Regex.Split(block.Replace("\\\n", " ", StringComparison.Ordinal).Trim(), @"\s+").Skip(3).Where(rule => !rule.StartsWith('>'))];
    }

    /// <summary>Makes the user of a role, and connects as it.</summary>
    /// <param name="role">The user's name on the page.</param>
    /// <param name="change">Changes the rules.</param>
    public async Task<RqConnection> ConnectAsync(string role, Func<string[], IEnumerable<string>>? change = null)
    {
        await _admin.GetDatabase().ExecuteAsync("ACL", ["SETUSER", role, "reset", $">{Password}", .. change?.Invoke(RulesOf(role)) ?? RulesOf(role)]);
        return await RqConnection.ConnectAsync(UrlOf(role));
    }

    public string UrlOf(string role) => $"redis://{role}:{Password}@127.0.0.1:{_server.Port}/0";

    /// <summary>What was refused since the last time, such as <c>command: config|get by rq-worker</c>.</summary>
    public async Task<string[]> RefusedAsync()
    {
        RedisResult[] log = (RedisResult[])(await _admin.GetDatabase().ExecuteAsync("ACL", "LOG", "128"))!;
        await _admin.GetDatabase().ExecuteAsync("ACL", "LOG", "RESET");
        return
        [
            .. log.Select(entry => entry.ToDictionary()).Where(fields => !s_askedOnly.Contains((string?)fields["object"]))
                .Select(fields => $"{fields["reason"]}: {fields["object"]} by {fields["username"]} in {fields["context"]}"),
        ];
    }

    /// <summary>What a role really uses while it works alone.</summary>
    public async Task<Usage> MeasureAsync(Func<Task> work)
    {
        await _admin.GetDatabase().ExecuteAsync("CONFIG", "RESETSTAT");
        using var monitor = await Monitor.StartAsync(_server.Port);
        await work();
        string statistics = (string)(await _admin.GetDatabase().ExecuteAsync("INFO", "commandstats"))!;
        string[] commands = [.. Regex.Matches(statistics, @"cmdstat_([a-z|\-_]+):calls=").Select(match => match.Groups[1].Value)];
        return new Usage([.. commands], await monitor.StopAsync(_admin));
    }

    public async ValueTask DisposeAsync()
    {
        await Admin.DisposeAsync();
        await _admin.DisposeAsync();
        await _server.DisposeAsync();
    }

    /// <param name="Commands">Commands, with their subcommands as <c>client|id</c>.</param>
    /// <param name="Words">Every argument of every command, also of those within scripts: keys and channels are among them.</param>
    public sealed record Usage(HashSet<string> Commands, HashSet<string> Words);

    /// <summary>Hears every command that the server runs.</summary>
    private sealed class Monitor : IDisposable
    {
        private readonly TcpClient _client;
        private readonly StreamReader _reader;

        private Monitor(TcpClient client)
        {
            _client = client;
            _reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        }

        public static async Task<Monitor> StartAsync(int port)
        {
            var monitor = new Monitor(new TcpClient("127.0.0.1", port));
            await monitor._client.GetStream().WriteAsync("MONITOR\r\n"u8.ToArray());
            await monitor._reader.ReadLineAsync();
            return monitor;
        }

        public async Task<HashSet<string>> StopAsync(ConnectionMultiplexer admin)
        {
            string end = $"end-{Guid.NewGuid():N}";
            await admin.GetDatabase().PingAsync();
            await admin.GetDatabase().ExecuteAsync("ECHO", end);
            var words = new HashSet<string>();
            while (await _reader.ReadLineAsync() is { } line && !line.Contains(end, StringComparison.Ordinal))
            {
                // Scripts themselves are long, and hold no keys.
                foreach (Match word in Regex.Matches(line, "\"((?:[^\"\\\\]|\\\\.)*)\""))
                {
                    if (word.Groups[1].Length < 300)
                        words.Add(word.Groups[1].Value);
                }
            }

            return words;
        }

        public void Dispose() => _client.Dispose();
    }
}
