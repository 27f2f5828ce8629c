using System.Text;
using StackExchange.Redis;

namespace RQ.Tests.Fuzzing;

/// <summary>The fields of a hash or of an entry as bytes that can be damaged: each name behind a tab, each value behind a form feed.</summary>
internal static class FuzzFields
{
    private const byte Name = 9, Value = 12;

    public static byte[] Write(params (string Name, string Value)[] fields) => Encoding.UTF8.GetBytes(string.Concat(fields.Select(field => $"\t{field.Name}\f{field.Value}")));

    public static (string Name, byte[] Value)[] Read(byte[] bytes)
    {
        var fields = new List<(string, byte[])>();
        for (int at = 0; at < bytes.Length;)
        {
            int end = Array.IndexOf(bytes, Name, at + 1) is > 0 and var next ? next : bytes.Length;
            int middle = Array.IndexOf(bytes, Value, at, end - at) is >= 0 and var value ? value : end - 1;
            fields.Add((Encoding.UTF8.GetString(bytes, at, middle - at).TrimStart('\t'), bytes[(middle + 1)..end]));
            at = end;
        }

        return [.. fields];
    }

    /// <summary>As a script answers them.</summary>
    public static RedisResult Flat(byte[] bytes) => RedisResult.Create([.. Read(bytes).SelectMany(field => new RedisValue[] { field.Name, field.Value })]);
}
