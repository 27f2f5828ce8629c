using System.Globalization;

namespace RQ.Tool;

/// <summary>
/// Which server is meant: the option, else the environment's <c>RQ_REDIS_URL</c>, else <c>REDIS_URL</c>, else <c>REDIS_HOST</c>,
/// <c>REDIS_PORT</c>, <c>REDIS_DB</c>, <c>REDIS_PASSWORD</c>, <c>REDIS_SSL</c> and <c>REDIS_SSL_CERT_REQS</c>, else the one on this machine. As in RQ.
/// </summary>
/// <param name="Url">May hold a password.</param>
/// <param name="ChecksCertificate">Whether a TLS server must have a certificate that this machine trusts.</param>
internal sealed record ServerAddress(string Url, bool ChecksCertificate = true)
{
    public const string Variable = "RQ_REDIS_URL";

    /// <summary>Who names the server, for people.</summary>
    public string Origin { get; private init; } = "the default";

    private static readonly string[] s_settings = ["REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD", "REDIS_SSL"];
    private static readonly string[] s_unknownSettings = ["REDIS_SSL_CA_CERTS", "REDIS_SSL_CA_DATA", "REDIS_SSL_KEYFILE", "REDIS_SSL_CERTFILE"];

#pragma warning disable CA5359 // Asked for in so many words.
    public RqConnectionOptions ToOptions() =>
        new() { CertificateValidation = ChecksCertificate ? null : static (_, _, _, _) => true };
#pragma warning restore CA5359

    /// <param name="option">What the command line says.</param>
    /// <param name="environment">The environment's variables.</param>
    /// <exception cref="UsageException">A variable cannot be; the message names it and never holds the password.</exception>
    public static ServerAddress Find(string? option, Func<string, string?> environment)
    {
        foreach ((string? text, string origin) in new[] { (option, "--url"), (environment(Variable), Variable), (environment("REDIS_URL"), "REDIS_URL") })
        {
            if (Given(text) is { } url)
                return new ServerAddress(url) { Origin = origin };
        }

        bool isTls = Switch("REDIS_SSL", environment("REDIS_SSL"));
        if (isTls && Array.Find(s_unknownSettings, name => Given(environment(name)) is not null) is { } unknown)
            throw new UsageException($"{unknown} is not known to rq for .NET: let the system trust the certificate, or set REDIS_SSL_CERT_REQS to none.");
        string host = Given(environment("REDIS_HOST")) ?? "localhost";
        string authority = host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]" : host;
        string password = Given(environment("REDIS_PASSWORD")) is { } secret ? $":{Uri.EscapeDataString(secret)}@" : "";
        int port = Number("REDIS_PORT", environment("REDIS_PORT"), 1, 65535) ?? 6379;
        int database = Number("REDIS_DB", environment("REDIS_DB"), 0, int.MaxValue) ?? 0;
        return new ServerAddress(
            string.Create(CultureInfo.InvariantCulture, $"{(isTls ? "rediss" : "redis")}://{password}{authority}:{port}/{database}"),
            !isTls || ChecksCertificates(environment("REDIS_SSL_CERT_REQS")))
        {
            Origin = Array.FindAll(s_settings, name => Given(environment(name)) is not null) is { Length: > 0 } given ? string.Join(", ", given) : "the default",
        };
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static int? Number(string variable, string? text, int least, int most)
    {
        if (Given(text) is null)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new UsageException($"The environment's {variable} is '{text}', which is no number from {least} to {most}. Correct it, or name the server with --url or {Variable}.");
    }

    private static bool Switch(string variable, string? text) => text?.Trim().ToUpperInvariant() switch
    {
        "Y" or "YES" or "T" or "TRUE" or "1" or "ON" => true,
        null or "" or "N" or "NO" or "F" or "FALSE" or "0" or "OFF" => false,
        _ => throw new UsageException($"The environment's {variable} is '{text}': write true or false."),
    };

    // Python's "optional" means the same as "required" to a client.
    private static bool ChecksCertificates(string? text) => text?.Trim().ToUpperInvariant() switch
    {
        null or "" or "REQUIRED" or "OPTIONAL" => true,
        "NONE" => false,
        _ => throw new UsageException($"The environment's REDIS_SSL_CERT_REQS is '{text}': write required or none."),
    };
}
