using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace RQ;

/// <summary>
/// The secret keys with which payloads are signed or encrypted (<see cref="JobSerializer.WithSigning"/>, <see cref="JobSerializer.WithEncryption"/>).
/// The first key writes; all of them read. So a key is replaced in three steps: add the new one behind the first everywhere, then move it
/// to the front everywhere, and remove the old one when no job of that time is kept any more.
/// </summary>
public sealed class KeyRing
{
    /// <summary>The fewest bytes that a key may have. <see cref="NewKey"/> makes as many.</summary>
    public const int LeastKeyLength = 32;

    private const int MostKeyLength = 1024;
    private const int LongestId = 64;

    private readonly FrozenDictionary<string, PayloadKey> _keys;

    /// <summary>Makes a ring of keys from text.</summary>
    /// <param name="keys">
    /// One key or several, separated by commas or line ends: <c>id:BASE64</c>, where the id is 1 to 64 of <c>A-Z a-z 0-9 . _ -</c> and is stored with
    /// each payload, readable by everybody; for example <c>2026-11:s2h…=</c>. The first one writes. Lines that begin with <c>#</c> are skipped.
    /// </param>
    /// <exception cref="ArgumentException">There is no key, or one is malformed or too short. The message never holds a key.</exception>
    public KeyRing(string keys)
        : this(Parse(keys))
    {
    }

    /// <summary>Makes a ring of keys.</summary>
    /// <param name="keys">Id and secret of each key, see <see cref="KeyRing(string)"/>. The first one writes. A secret is 32 to 1024 random bytes, and is copied.</param>
    /// <exception cref="ArgumentException">There is no key, or one is malformed or too short. The message never holds a key.</exception>
    public KeyRing(IEnumerable<KeyValuePair<string, byte[]>> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var all = new OrderedDictionary<string, PayloadKey>();
        foreach ((string id, byte[] secret) in keys)
        {
            if (id is not { Length: > 0 and <= LongestId } || !id.All(IsOfId))
                throw new ArgumentException($"The id of key number {all.Count + 1} is not valid: it is 1 to {LongestId} of A-Z a-z 0-9 . _ and -, as in 2026-11.");
            if (secret is not { Length: >= LeastKeyLength and <= MostKeyLength })
                throw new ArgumentException($"The key '{id}' has {secret?.Length ?? 0} bytes. A key is {LeastKeyLength} to {MostKeyLength} random bytes; KeyRing.NewKey() makes one.");
            if (!all.TryAdd(id, new PayloadKey(id, secret)))
                throw new ArgumentException($"There are two keys with the id '{id}'. Give each an id of its own.");
        }

        if (all.Count == 0)
            throw new ArgumentException("A key ring needs at least one key: id:BASE64, for example 2026-11: and what KeyRing.NewKey() returns.");
        _keys = all.ToFrozenDictionary();
        Ids = [.. all.Keys];
        First = all.GetAt(0).Value;
    }

    /// <summary>The ids of the keys; the first one's writes.</summary>
    public IReadOnlyList<string> Ids { get; }

    internal PayloadKey First { get; }

    /// <summary>Reads a ring from a file, such as a mounted secret. The format is that of <see cref="KeyRing(string)"/>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">What it holds is no ring. The message never holds a key.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static KeyRing FromFile(string path) => new(File.ReadAllText(path));

    /// <summary>Reads a ring from an environment variable. The format is that of <see cref="KeyRing(string)"/>.</summary>
    /// <param name="variable">The variable's name.</param>
    /// <exception cref="ArgumentException">It is not set, or what it holds is no ring. The message never holds a key.</exception>
    public static KeyRing FromEnvironment(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } keys
        ? new KeyRing(keys)
        : throw new ArgumentException($"The environment variable {variable} is not set. It holds the keys: id:BASE64, several separated by commas, the first one writes.", nameof(variable));

    /// <summary>A new secret: 32 random bytes in base64.</summary>
    public static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(LeastKeyLength));

    /// <summary>The ids of the keys, never the keys.</summary>
    public override string ToString() => string.Join(", ", Ids);

    internal PayloadKey? Find(string id) => _keys.GetValueOrDefault(id);

    internal bool IsSame(KeyRing other) => ReferenceEquals(this, other)
        || (Ids.SequenceEqual(other.Ids) && Ids.All(id => _keys[id].IsSame(other._keys[id])));

    private static bool IsOfId(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-';

    private static IEnumerable<KeyValuePair<string, byte[]>> Parse(string keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        int number = 0;
        foreach (string line in keys.Split(['\n', '\r', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] == '#')
                continue;
            number++;
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string secret = colon < 0 ? "" : line[(colon + 1)..].Trim();
            if (colon <= 0 || !Base64.IsValid(secret))
                throw new ArgumentException($"Key number {number} is not valid: write id:BASE64, with what KeyRing.NewKey() returns behind the colon.");
            yield return new(line[..colon].Trim(), Convert.FromBase64String(secret));
        }
    }
}

/// <summary>One key of a ring, and what is derived from it: signing and encrypting each have a key of their own, whatever else the secret is used for.</summary>
internal sealed class PayloadKey(string id, byte[] secret)
{
    public string Id { get; } = id;

    public byte[] IdBytes { get; } = Encoding.ASCII.GetBytes(id);

    public byte[] Signing { get; } = HMACSHA256.HashData(secret, "RQ payload 1 signing"u8);

    public byte[] Encrypting { get; } = HMACSHA256.HashData(secret, "RQ payload 1 encryption"u8);

    /// <summary>For what has to look the same each time it is written, see <see cref="RQ.Serialization.PayloadCipher"/>.</summary>
    public byte[] Drawing { get; } = HMACSHA256.HashData(secret, "RQ payload 1 nonce"u8);

    public bool IsSame(PayloadKey other) => CryptographicOperations.FixedTimeEquals(Signing, other.Signing);
}
