using System.Security.Cryptography;

namespace RQ.Redis;

/// <summary>Random texts that tell one call from all others, so that it can be sent again.</summary>
internal static class Tokens
{
    public static string New() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(9));
}
