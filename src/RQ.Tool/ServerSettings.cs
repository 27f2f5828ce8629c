using System.ComponentModel;
using System.Net;
using RQ.Redis;
using Spectre.Console.Cli;
using StackExchange.Redis;

namespace RQ.Tool;

/// <summary>What every command that talks to a server takes: where the server is.</summary>
internal abstract class ServerSettings : CommandSettings
{
    private const string Variable = "RQ_REDIS_URL";
    private const string Local = "redis://localhost:6379/0";

    [CommandOption("-u|--url <URL>")]
    [Description("The server: redis://…, rediss://…, unix://…, or embedded:path=DIR. Default: the environment's RQ_REDIS_URL, else redis://localhost:6379/0. Keep passwords in the environment: others see command lines.")]
    public string? Url { get; init; }

    /// <exception cref="ToolException">The address cannot be read, or there is no such server. The message holds no password.</exception>
    public async Task<RqConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        string url = Given(Url) ?? Given(Environment.GetEnvironmentVariable(Variable)) ?? Local;
        try
        {
            return await RqConnection.ConnectAsync(url, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException exception)
        {
            // The parameter's name is no news to people.
            throw new ToolException(exception.Message.Replace($" (Parameter '{exception.ParamName}')", "", StringComparison.Ordinal), exception);
        }
        catch (RedisConnectionException exception) when (!RedisUrl.IsEmbedded(url, out _))
        {
            ConfigurationOptions configuration = RedisUrl.Parse(url);
            string problem = await ConnectionProblem.FindAsync(exception, configuration).ConfigureAwait(false);
            throw new ToolException($"Cannot connect to Redis at {Address(configuration)}: {problem}. Start the server, or name another with --url or {Variable}.", exception);
        }
        catch (Exception exception) when (RedisUrl.IsEmbedded(url, out _) && exception is IOException or InvalidOperationException)
        {
            throw new ToolException(exception.Message, exception);
        }
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static string Address(ConfigurationOptions configuration) =>
        string.Join(", ", configuration.EndPoints.Select(endPoint => endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint.ToString()));
}
