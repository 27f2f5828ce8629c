namespace RQ.Tool;

/// <summary>
/// Whether jobs are signed or encrypted: <c>RQ_SIGNING_KEYS</c> or <c>RQ_ENCRYPTION_KEYS</c> in the environment hold the keys, see <see cref="KeyRing"/> (or a file that the same
/// with <c>_FILE</c> names), <c>RQ_BIND_TO_JOB</c> and <c>RQ_ALLOW_UNPROTECTED</c> say how strict it is, see <see cref="ProtectionOptions"/>. Work horses and a pool's workers inherit them.
/// </summary>
internal static class PayloadProtection
{
    public const string SigningVariable = "RQ_SIGNING_KEYS";
    public const string EncryptionVariable = "RQ_ENCRYPTION_KEYS";

    /// <param name="environment">The environment's variables.</param>
    /// <exception cref="UsageException">A variable cannot be; the message never holds a key.</exception>
    public static JobSerializer Find(Func<string, string?> environment)
    {
        Secret? signing = Secret.Find(SigningVariable, environment), encryption = Secret.Find(EncryptionVariable, environment);
        if (signing is null && encryption is null)
            return JobSerializer.Pickle;
        if (signing is not null && encryption is not null)
            throw new UsageException($"The environment has both {signing.Origin} and {encryption.Origin}. Encrypting also signs: leave out {signing.Origin}.");
        var options = new ProtectionOptions
        {
            BindToJob = Switch("RQ_BIND_TO_JOB", environment, otherwise: true),
            AllowUnprotected = Switch("RQ_ALLOW_UNPROTECTED", environment, otherwise: false),
        };
        return encryption is null ? JobSerializer.Pickle.WithSigning(Keys(signing!), options) : JobSerializer.Pickle.WithEncryption(Keys(encryption), options);
    }

    private static KeyRing Keys(Secret secret)
    {
        try
        {
            return new KeyRing(secret.Text);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException($"The environment's {secret.Origin}: {exception.Message}");
        }
    }

    private static bool Switch(string variable, Func<string, string?> environment, bool otherwise) => environment(variable)?.Trim().ToUpperInvariant() switch
    {
        null or "" => otherwise,
        "TRUE" or "1" or "YES" => true,
        "FALSE" or "0" or "NO" => false,
        _ => throw new UsageException($"The environment's {variable} is '{environment(variable)}': write true or false."),
    };
}
