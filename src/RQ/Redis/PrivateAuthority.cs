using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RQ.Redis;

/// <summary>Certificate authorities of one's own, which the system does not know.</summary>
internal static class PrivateAuthority
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Trusts servers whose certificate one of the file's authorities has issued, and that carries the host's name.</summary>
    /// <param name="file">Certificates in PEM.</param>
    /// <exception cref="ArgumentException">The file cannot be read, or holds no certificate.</exception>
    public static RemoteCertificateValidationCallback Trust(string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new ArgumentException($"The certificates of '{file}' cannot be read: {exception.Message}", exception);
        }

        if (authorities.Count == 0)
            throw new ArgumentException($"The file '{file}' holds no certificate. It is PEM: -----BEGIN CERTIFICATE-----.");
        return (_, shown, chain, errors) => errors switch
        {
            // Thrown, because a mere no is told without its reason.
            _ when (errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0 => throw new AuthenticationException("The server's certificate does not carry the name of the host that the address has."),
            _ when shown is X509Certificate2 certificate && IsIssued(certificate, chain, authorities) => true,
            _ => throw new AuthenticationException($"The server's certificate is not from an authority in '{file}', or not valid now."),
        };
    }

    private static bool IsIssued(X509Certificate2 certificate, X509Chain? sent, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        // What the authority has issued for clients is none of a server's.
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        // Private authorities seldom say where their revocations are.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (X509ChainElement element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(certificate);
    }
}
