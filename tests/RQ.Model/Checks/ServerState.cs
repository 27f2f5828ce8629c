using System.Globalization;
using StackExchange.Redis;

namespace RQ.Model.Checks;

/// <summary>Reads everything under a prefix in one step, and moves the times at which keys expire.</summary>
internal sealed class ServerState(IDatabase database, string prefix)
{
    private const string ReadAll =
        """
        local read = {
          hash = function(key) return redis.call('HGETALL', key) end,
          zset = function(key) return redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end,
          set = function(key) return redis.call('SMEMBERS', key) end,
          list = function(key) return redis.call('LRANGE', key, 0, -1) end,
          string = function(key) return {redis.call('GET', key)} end,
          stream = function(key)
            local entries = {}
            for n, entry in ipairs(redis.call('XRANGE', key, '-', '+')) do entries[n] = table.concat(entry[2], '\n') end
            return entries
          end,
        }
        local all = {}
        for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
          local kind = redis.call('TYPE', key)
          kind = type(kind) == 'table' and kind.ok or kind
          -- One may expire in between.
          if read[kind] then all[#all + 1] = {key, kind, redis.call('PTTL', key), read[kind](key)} end
        end
        return all
        """;

    private const string MoveTimes =
        """
        local gone = 0
        for n = 1, #KEYS do
          if ARGV[n] == '0' then redis.call('DEL', KEYS[n])
          elseif redis.call('PEXPIRE', KEYS[n], ARGV[n]) == 0 then gone = gone + 1 end
        end
        return gone
        """;

    /// <param name="now">What time it is in the play, µs: keys that expire do so that much later.</param>
    public async Task<Keyspace> ReadAsync(long now)
    {
        var state = new Keyspace { Now = now };
        RedisResult[] keys = (RedisResult[])(await database.ScriptEvaluateAsync(ReadAll, values: [prefix]))!;
        foreach (RedisResult each in keys)
        {
            RedisResult[] parts = (RedisResult[])each!;
            Entry entry = Read((string)parts[1]!, (string[])parts[3]!);
            long left = (long)parts[2];
            entry.Expires = left >= 0 ? now + left * 1000 : null;
            state.Entries[((string)parts[0]!)[prefix.Length..]] = entry;
        }

        return state;
    }

    /// <summary>Lets keys expire when the model says: those whose time is over at once.</summary>
    /// <param name="left">Keys, and how many ms they have left; 0 for none.</param>
    /// <returns>Whether all that have time left were still there.</returns>
    public async Task<bool> MoveTimesAsync(IReadOnlyList<(string Key, long Milliseconds)> left) => left.Count == 0 || (long)await database.ScriptEvaluateAsync(
        MoveTimes, [.. left.Select(each => (RedisKey)(prefix + each.Key))], [.. left.Select(each => (RedisValue)each.Milliseconds)]) == 0;

    public async Task ClearAsync()
    {
        Keyspace state = await ReadAsync(0);
        await database.KeyDeleteAsync([.. state.Entries.Keys.Select(key => (RedisKey)(prefix + key))]);
    }

    private static Entry Read(string kind, string[] content)
    {
        switch (kind)
        {
            case "hash":
                var hash = new Entry(Kind.Hash);
                foreach (string[] pair in content.Chunk(2))
                    hash.Fields[pair[0]] = pair[1];
                return hash;
            case "zset":
                var sorted = new Entry(Kind.Sorted);
                foreach (string[] pair in content.Chunk(2))
                {
                    sorted.Members[pair[0]] = pair[1] == "inf" ? double.PositiveInfinity : double.Parse(pair[1], CultureInfo.InvariantCulture);
                    // As the server has ordered them.
                    sorted.Elements.Add(pair[0]);
                }

                return sorted;
            case "set":
                var set = new Entry(Kind.Set);
                foreach (string member in content)
                    set.Members[member] = 0;
                return set;
            case "list":
                var list = new Entry(Kind.List);
                list.Elements.AddRange(content);
                return list;
            case "stream":
                var stream = new Entry(Kind.Stream);
                stream.Elements.AddRange(content.Select(ResultOf));
                return stream;
            default:
                return new Entry(Kind.Text) { Text = content[0] };
        }
    }

    /// <summary>Of a result the model knows its type and its execution.</summary>
    private static string ResultOf(string entry)
    {
        string[] parts = entry.Split('\n');
        string Of(string field) => Array.IndexOf(parts, field) is var at and >= 0 ? parts[at + 1] : "";
        return $"{Of("type")}:{Of("execution_id")}";
    }
}
