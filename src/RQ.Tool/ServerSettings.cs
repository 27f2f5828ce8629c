using System.ComponentModel;
using System.Net;
using RQ.Redis;
using Spectre.Console.Cli;
using StackExchange.Redis;

namespace RQ.Tool;

/// <summary>What every command that talks to a server takes: where the server is.</summary>
internal abstract class ServerSettings : CommandSettings
{
    private const string PrefixVariable = "RQ_KEY_PREFIX";

    [CommandOption("-u|--url <URL>")]
    [Description("The server: redis://…, rediss://…, unix://…, or embedded:path=DIR. Default: the environment's RQ_REDIS_URL, REDIS_URL, or REDIS_HOST and the like, else redis://localhost:6379/0. Keep passwords in the environment, or in a file that RQ_REDIS_URL_FILE names: others see command lines.")]
    public string? Url { get; init; }

    [CommandOption("--key-prefix <PREFIX>")]
    [Description("What stands in front of every key: several namespaces in one Redis. On a cluster it has a tag in braces, such as '{rq}:'. Default: the environment's RQ_KEY_PREFIX, else 'rq:', the only one that Python knows.")]
    public string? KeyPrefix { get; init; }

    /// <exception cref="UsageException">The environment's address cannot be.</exception>
    public ServerAddress FindAddress() => ServerAddress.Find(Url, Environment.GetEnvironmentVariable);

    /// <exception cref="UsageException">The environment's address cannot be.</exception>
    /// <exception cref="ToolException">The address cannot be read, or the server refuses the credentials. The message holds no password.</exception>
    /// <exception cref="ServerAwayException">There is no such server, or not now.</exception>
    public async Task<RqConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        ServerAddress address = FindAddress();
        string url = address.Url;
        try
        {
            return await RqConnection.ConnectAsync(url, OptionsFor(address), cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException exception)
        {
            throw new ToolException(ArgumentText.Of(exception), exception);
        }
        catch (RedisConnectionException exception) when (!RedisUrl.IsEmbedded(url, out _))
        {
            ConfigurationOptions configuration = RedisUrl.Parse(url);
            ConnectionProblem problem = await ConnectionProblem.FindAsync(exception, configuration).ConfigureAwait(false);
            string message = $"Cannot connect to Redis at {Name(configuration)}: {problem.Text}.";
            throw problem.IsRefusal
                ? new ToolException($"{message} Give the right ones with the address: --url or {ServerAddress.Variable}.", exception)
                : new ServerAwayException($"{message} Start the server, or name another with --url or {ServerAddress.Variable}.", exception);
        }
        catch (Exception exception) when (!RedisUrl.IsEmbedded(url, out _) && ConnectionLoss.Is(exception))
        {
            throw new ServerAwayException($"Redis at {Name(RedisUrl.Parse(url))} cannot be used yet: {exception.Message.TrimEnd('.')}.", exception);
        }
        catch (Exception exception) when (RedisUrl.IsEmbedded(url, out _) && exception is IOException or InvalidOperationException)
        {
            throw new ToolException(exception.Message, exception);
        }
    }

    /// <summary>The server and who names it, without user and password.</summary>
    /// <exception cref="UsageException">The environment's address cannot be.</exception>
    public (string Server, string Origin) Describe()
    {
        ServerAddress address = FindAddress();
        try
        {
            return (RedisUrl.IsEmbedded(address.Url, out string? directory) ? $"embedded in {directory ?? "this process"}" : Name(RedisUrl.Parse(address.Url)), address.Origin);
        }
        catch (ArgumentException)
        {
            // Connecting tells what is wrong with it.
            return ("an address that cannot be read", address.Origin);
        }
    }

    private RqConnectionOptions OptionsFor(ServerAddress address)
    {
        RqConnectionOptions options = address.ToOptions();
        options.Serializer = PayloadProtection.Find(Environment.GetEnvironmentVariable);
        string? environment = Environment.GetEnvironmentVariable(PrefixVariable);
        options.KeyPrefix = KeyPrefix ?? (string.IsNullOrEmpty(environment) ? options.KeyPrefix : environment);
        return options;
    }

    private static string Name(ConfigurationOptions configuration) =>
        string.Join(", ", configuration.EndPoints.Select(endPoint => endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint.ToString()));
}
