using RQ.Jobs;
using RQ.Serialization;
using StackExchange.Redis;

namespace RQ.Tests.Security;

/// <summary>Serializers with keys, and places for what they write.</summary>
internal static class Guarded
{
    public static readonly string Key = KeyRing.NewKey();

    public static readonly PayloadContext Call = PayloadContext.OfCall("job-1", []);

    public static KeyRing Ring { get; } = new($"k1:{Key}");

    /// <summary>Both ways, each over both of RQ's formats.</summary>
    public static IEnumerable<JobSerializer> All(KeyRing? keys = null, ProtectionOptions? options = null)
    {
        foreach (JobSerializer inner in new[] { JobSerializer.Pickle, JobSerializer.Json })
        {
            yield return inner.WithSigning(keys ?? Ring, options);
            yield return inner.WithEncryption(keys ?? Ring, options);
        }
    }

    public static byte[] Seal(this JobSerializer serializer, object? data, PayloadContext? place = null) => serializer.Write(data, place ?? Call);

    public static object? Open(this JobSerializer serializer, byte[] bytes, PayloadContext? place = null) => serializer.Read(bytes, place ?? Call, Compression.MaxInflated);

    /// <summary>A job's hash with these fields.</summary>
    public static JobHash Job(string id, params RedisValue[] fields) => new(id, () => fields);
}
