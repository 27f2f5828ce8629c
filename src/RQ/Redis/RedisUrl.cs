using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>
/// Reads the addresses that RQ users write: <c>redis://</c>, <c>rediss://</c> and <c>unix://</c> as redis-py's
/// <c>from_url</c> does, <c>embedded:</c>, or a StackExchange.Redis configuration string.
/// </summary>
internal static class RedisUrl
{
    private const string EmbeddedScheme = "embedded:";

    public const string Shapes =
        "redis://[user:password@]host[:port][/db], rediss://… (TLS), unix://path[?db=N], embedded:, embedded:path=DIR, " +
        "or a StackExchange.Redis configuration string such as 'host:6379,password=…'";

    /// <summary>Whether the address names a server inside this process, and where it keeps its data.</summary>
    /// <exception cref="ArgumentException">It starts like one but says something else.</exception>
    public static bool IsEmbedded(string url, out string? directory)
    {
        directory = null;
        if (!url.StartsWith(EmbeddedScheme, StringComparison.OrdinalIgnoreCase))
            return false;
        string rest = url[EmbeddedScheme.Length..];
        if (rest.Length == 0)
            return true;
        if (!rest.StartsWith("path=", StringComparison.OrdinalIgnoreCase) || rest.Length == "path=".Length)
            throw new ArgumentException("This is not an embedded server's address: write 'embedded:' or 'embedded:path=DIR'.", nameof(url));
        directory = rest["path=".Length..];
        return true;
    }

    /// <exception cref="ArgumentException">The text is none of the known shapes. The message never holds the password.</exception>
    public static ConfigurationOptions Parse(string url)
    {
        if (string.IsNullOrWhiteSpace(url))
            throw new ArgumentException($"The Redis address is empty. Write {Shapes}.", nameof(url));
        int schemeEnd = url.IndexOf("://", StringComparison.Ordinal);
        if (schemeEnd < 0)
            return ParseConfiguration(url);
        string scheme = url[..schemeEnd].ToLowerInvariant();
        return scheme switch
        {
            "redis" or "rediss" => ParseTcp(url, scheme == "rediss"),
            "unix" => ParseUnix(url),
            // What is no scheme may be a password.
            _ => throw new ArgumentException($"The scheme {(Uri.CheckSchemeName(scheme) ? $"'{scheme}://' " : "")}is not known. Write {Shapes}.", nameof(url)),
        };
    }

    private static ConfigurationOptions ParseTcp(string url, bool tls)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri))
            throw new ArgumentException($"The Redis URL cannot be read. Write {Shapes}; a password with special characters must be %-encoded.", nameof(url));
        string host = uri.Host.Length == 0 ? "localhost" : uri.DnsSafeHost;
        int port = uri.Port > 0 ? uri.Port : 6379;
        var options = new ConfigurationOptions { Ssl = tls, DefaultDatabase = Database(uri.AbsolutePath.Trim('/'), uri.Query) };
        options.EndPoints.Add(host, port);
        if (tls)
            options.SslHost = host;
        Credentials(options, uri.UserInfo);
        return options;
    }

    private static ConfigurationOptions ParseUnix(string url)
    {
        string rest = url["unix://".Length..];
        string query = "";
        int question = rest.IndexOf('?', StringComparison.Ordinal);
        if (question >= 0)
            (rest, query) = (rest[..question], rest[question..]);
        string userInfo = "";
        // As redis-py does: a password may hold the sign too, and so may the path.
        int slash = rest.IndexOf('/', StringComparison.Ordinal), at = (slash < 0 ? rest : rest[..slash]).LastIndexOf('@');
        if (at >= 0)
            (userInfo, rest) = (rest[..at], rest[(at + 1)..]);
        string path = Uri.UnescapeDataString(rest);
        if (path.Length == 0)
            throw new ArgumentException("The unix:// URL names no socket. Write unix:///run/redis.sock.", nameof(url));
        var options = new ConfigurationOptions { DefaultDatabase = Database("", query) };
        options.EndPoints.Add(SocketAt(path));
        Credentials(options, userInfo);
        return options;
    }

    private static UnixDomainSocketEndPoint SocketAt(string path)
    {
        try
        {
            return new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentException)
        {
            // Its message quotes the path, in which a password may have ended up.
            throw new ArgumentException("The path in the unix:// URL cannot be one of a socket: the system takes about a hundred bytes. Write unix:///run/redis.sock.", nameof(path));
        }
    }

    private static ConfigurationOptions ParseConfiguration(string text)
    {
        try
        {
            ConfigurationOptions options = ConfigurationOptions.Parse(text, ignoreUnknown: false);
            if (options.EndPoints.Count > 0)
                return options;
        }
        catch (ArgumentException)
        {
            // The library's message may quote the text, and with it a password.
        }

        throw new ArgumentException($"The Redis address cannot be read. Write {Shapes}.", nameof(text));
    }

    private static void Credentials(ConfigurationOptions options, string userInfo)
    {
        if (userInfo.Length == 0)
            return;
        int colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        string user = colon < 0 ? userInfo : userInfo[..colon];
        if (user.Length > 0)
            options.User = Uri.UnescapeDataString(user);
        if (colon >= 0 && colon + 1 < userInfo.Length)
            options.Password = Uri.UnescapeDataString(userInfo[(colon + 1)..]);
    }

    private static int Database(string path, string query)
    {
        string text = path;
        foreach (string part in query.TrimStart('?').Split('&'))
        {
            if (part.StartsWith("db=", StringComparison.Ordinal))
                text = part["db=".Length..];
        }

        if (text.Length == 0)
            return 0;
        return int.TryParse(text, out int database) && database >= 0
            ? database
            : throw new ArgumentException($"The database in the Redis URL is not a number. Write {Shapes}.", nameof(path));
    }
}
