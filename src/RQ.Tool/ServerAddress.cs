using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RQ.Tool;

/// <summary>
/// Which server is meant: the option, else the environment's <c>RQ_REDIS_URL</c>, else <c>REDIS_URL</c>, else <c>REDIS_HOST</c>,
/// <c>REDIS_PORT</c>, <c>REDIS_DB</c>, <c>REDIS_PASSWORD</c>, <c>REDIS_SSL</c> and <c>REDIS_SSL_CERT_REQS</c>, else the one on this machine. As in RQ.
/// In place of <c>RQ_REDIS_URL</c>, <c>REDIS_URL</c> and <c>REDIS_PASSWORD</c> there may be a variable with <c>_FILE</c> behind the name, which names a file that holds it.
/// </summary>
/// <param name="Url">May hold a password.</param>
/// <param name="ChecksCertificate">Whether a TLS server must have a certificate that this machine trusts.</param>
internal sealed record ServerAddress(string Url, bool ChecksCertificate = true)
{
    public const string Variable = "RQ_REDIS_URL";

    private const string AuthoritiesVariable = "REDIS_SSL_CA_CERTS";
    private const string CertificateVariable = "REDIS_SSL_CERTFILE";
    private const string KeyVariable = "REDIS_SSL_KEYFILE";

    /// <summary>Who names the server, for people.</summary>
    public string Origin { get; private init; } = "the default";

    private static readonly string[] s_settings = ["REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD", "REDIS_PASSWORD_FILE", "REDIS_SSL"];

    /// <summary>The certificate authorities that are trusted: <c>REDIS_SSL_CA_CERTS</c>, which holds for addresses of every origin; <c>null</c> for the system's.</summary>
    public string? Authorities { get; private init; }

    /// <summary>What is shown to a server that asks for a certificate: <c>REDIS_SSL_CERTFILE</c>, for addresses of every origin.</summary>
    public string? CertificateFile { get; private init; }

    /// <summary>Its private key: <c>REDIS_SSL_KEYFILE</c>; <c>null</c> when it is in the same file.</summary>
    public string? KeyFile { get; private init; }

#pragma warning disable CA5359 // Asked for in so many words.
    public RqConnectionOptions ToOptions() => new()
    {
        CertificateValidation = ChecksCertificate ? null : static (_, _, _, _) => true,
        CertificateAuthorityFile = ChecksCertificate ? Authorities : null,
        ClientCertificate = CertificateFile is null ? null : ReadCertificate(CertificateFile, KeyFile),
    };
#pragma warning restore CA5359

    /// <param name="option">What the command line says.</param>
    /// <param name="environment">The environment's variables.</param>
    /// <exception cref="UsageException">A variable cannot be; the message names it and never holds the password.</exception>
    public static ServerAddress Find(string? option, Func<string, string?> environment)
    {
        if (Given(option) is { } address)
            return WithFiles(new ServerAddress(address) { Origin = "--url" }, environment);
        foreach (string variable in new[] { Variable, "REDIS_URL" })
        {
            if (Secret.Find(variable, environment) is { } url)
                return WithFiles(new ServerAddress(url.Text) { Origin = url.Origin }, environment);
        }

        bool isTls = Switch("REDIS_SSL", environment("REDIS_SSL"));
        if (isTls && Given(environment("REDIS_SSL_CA_DATA")) is not null)
            throw new UsageException($"REDIS_SSL_CA_DATA is not known to rq for .NET: name a file with {AuthoritiesVariable}, or let the system trust the certificate.");
        string host = Given(environment("REDIS_HOST")) ?? "localhost";
        string authority = host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]" : host;
        string password = Secret.Find("REDIS_PASSWORD", environment) is { } secret ? $":{Uri.EscapeDataString(secret.Text)}@" : "";
        int port = Number("REDIS_PORT", environment("REDIS_PORT"), 1, 65535) ?? 6379;
        int database = Number("REDIS_DB", environment("REDIS_DB"), 0, int.MaxValue) ?? 0;
        var found = new ServerAddress(
            string.Create(CultureInfo.InvariantCulture, $"{(isTls ? "rediss" : "redis")}://{password}{authority}:{port}/{database}"),
            !isTls || ChecksCertificates(environment("REDIS_SSL_CERT_REQS")))
        {
            Origin = Array.FindAll(s_settings, name => Given(environment(name)) is not null) is { Length: > 0 } given ? string.Join(", ", given) : "the default",
        };
        return WithFiles(found, environment);
    }

    /// <summary>Records show what they hold, and this one may hold a password.</summary>
    public override string ToString() => Origin;

    private static ServerAddress WithFiles(ServerAddress address, Func<string, string?> environment)
    {
        string? certificate = Given(environment(CertificateVariable)), key = Given(environment(KeyVariable));
        if (key is not null && certificate is null)
            throw new UsageException($"The environment has {KeyVariable}, but not {CertificateVariable}: the key belongs to a certificate.");
        return address with { Authorities = Given(environment(AuthoritiesVariable)), CertificateFile = certificate, KeyFile = key };
    }

    private static X509Certificate2 ReadCertificate(string file, string? keyFile)
    {
        try
        {
            X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(file, keyFile);
            if (!OperatingSystem.IsWindows())
                return certificate;
            // TLS there takes no key that is in memory alone.
            using (certificate)
                return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new UsageException($"The certificate of {CertificateVariable}, '{file}'{(keyFile is null ? "" : $", with the key of {KeyVariable}, '{keyFile}'")}, cannot be read: {exception.Message} Both are PEM.");
        }
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
