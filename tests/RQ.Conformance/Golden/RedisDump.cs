using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace RQ.Conformance.Golden;

/// <summary>A whole database at one moment, in the shape of the golden files.</summary>
internal sealed record RedisDump(IReadOnlyDictionary<string, DumpedKey> Keys)
{
    // One script, so that no transition is seen half done.
    private const string Script = """
        local dump = {}
        for _, key in ipairs(redis.call('KEYS', '*')) do
          local kind, value = redis.call('TYPE', key).ok, nil
          if kind == 'string' then value = redis.call('GET', key)
          elseif kind == 'hash' then value = redis.call('HGETALL', key)
          elseif kind == 'list' then value = redis.call('LRANGE', key, 0, -1)
          elseif kind == 'set' then value = redis.call('SMEMBERS', key)
          elseif kind == 'zset' then value = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
          elseif kind == 'stream' then value = redis.call('XRANGE', key, '-', '+')
          end
          dump[#dump + 1] = {key, kind, redis.call('TTL', key), value}
        end
        return dump
        """;

    public static async Task<RedisDump> ReadAsync(IDatabase database)
    {
        var answer = (RedisResult[])(await database.ScriptEvaluateAsync(Script))!;
        return new RedisDump(answer.ToDictionary(
            entry => (string)entry[0]!,
            entry => new DumpedKey((long)entry[2], Value((string)entry[1]!, entry[3]))));
    }

    /// <summary>The same with keys that stay, so that a test may take its time.</summary>
    public RedisDump WithoutTtl() => new(Keys.ToDictionary(key => key.Key, key => key.Value with { Ttl = -1 }));

    /// <summary>Writes the keys into a database, with the time that they had left to live.</summary>
    public async Task WriteAsync(IDatabase database)
    {
        foreach ((string name, DumpedKey key) in Keys)
        {
            switch (key.Value)
            {
                case DumpedText text:
                    await database.StringSetAsync(name, text.Bytes);
                    break;
                case DumpedHash hash:
                    await database.HashSetAsync(name, [.. hash.Fields.Select(field => new HashEntry(field.Key, field.Value))]);
                    break;
                case DumpedList list:
                    await database.ListRightPushAsync(name, [.. list.Items.Select(item => (RedisValue)item)]);
                    break;
                case DumpedSet set:
                    await database.SetAddAsync(name, [.. set.Members.Select(member => (RedisValue)member)]);
                    break;
                case DumpedSortedSet sorted:
                    await database.SortedSetAddAsync(name, [.. sorted.Scores.Select(entry => new SortedSetEntry(entry.Key, entry.Value))]);
                    break;
                case DumpedStream stream:
                    foreach ((string id, OrderedDictionary<string, string> fields) in stream.Entries)
                        await database.StreamAddAsync(name, [.. fields.Select(field => new NameValueEntry(field.Key, field.Value))], id);
                    break;
                default:
                    throw new NotSupportedException($"{key.Value.GetType().Name} of {name}");
            }

            if (key.Ttl >= 0)
                await database.KeyExpireAsync(name, TimeSpan.FromSeconds(key.Ttl));
        }
    }

    private static DumpedValue Value(string kind, RedisResult value)
    {
        switch (kind)
        {
            case "string":
                return new DumpedText((byte[])value!);
            case "hash":
                return new DumpedHash(Pairs(value).ToDictionary(pair => (string)pair.Name!, pair => (byte[])pair.Value!));
            case "list":
                return new DumpedList((string[])value!);
            case "set":
                return new DumpedSet(((string[])value!).ToHashSet());
            case "zset":
                return new DumpedSortedSet(Pairs(value).ToDictionary(pair => (string)pair.Name!, pair => Score((string)pair.Value!)));
            case "stream":
                return new DumpedStream([.. ((RedisResult[])value!).Select(entry => new DumpedEntry(
                    (string)entry[0]!,
                    new OrderedDictionary<string, string>(Pairs(entry[1]).Select(pair => KeyValuePair.Create((string)pair.Name!, (string)pair.Value!)))))]);
            default:
                throw new NotSupportedException($"A key of type {kind}.");
        }
    }

    private static double Score(string text) =>
        text == "inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);

    private static IEnumerable<(RedisResult Name, RedisResult Value)> Pairs(RedisResult flat)
    {
        for (int i = 0; i < flat.Length; i += 2)
            yield return (flat[i], flat[i + 1]);
    }
}

/// <summary>One key.</summary>
/// <param name="Ttl">Seconds it has left to live; −1 for ever.</param>
/// <param name="Value">What it holds.</param>
internal sealed record DumpedKey(long Ttl, DumpedValue Value);

internal abstract record DumpedValue;

internal sealed record DumpedText(byte[] Bytes) : DumpedValue;

internal sealed record DumpedHash(IReadOnlyDictionary<string, byte[]> Fields) : DumpedValue
{
    public string Text(string field) => Encoding.UTF8.GetString(Fields[field]);
}

internal sealed record DumpedList(IReadOnlyList<string> Items) : DumpedValue;

internal sealed record DumpedSet(IReadOnlySet<string> Members) : DumpedValue;

internal sealed record DumpedSortedSet(IReadOnlyDictionary<string, double> Scores) : DumpedValue;

internal sealed record DumpedStream(IReadOnlyList<DumpedEntry> Entries) : DumpedValue;

internal sealed record DumpedEntry(string Id, OrderedDictionary<string, string> Fields);
