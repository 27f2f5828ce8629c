using Shouldly;
using StackExchange.Redis;

namespace RQ.Embedded.Tests;

/// <summary>What a checkpoint has kept, and what the log after it, is all there after a restart.</summary>
public sealed class CheckpointTests : IDisposable
{
    private const int Jobs = 200;

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_deleted_and_written_again_between_checkpoints_is_there_after_a_restart(bool isLastSaved)
    {
        const int Rounds = 4;
        await using (var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token))
        {
            await using var client = await Client.ConnectAsync(server);
            var database = client.GetDatabase();
            for (var round = 1; round <= Rounds; round++)
            {
                await WriteAsync(database, "job", round);
                await WriteAsync(database, $"job-of-{round}", round);
                if (round == Rounds && !isLastSaved)
                {
                    break;
                }

                await database.ExecuteAsync("SAVE");
                if (round < Rounds)
                {
                    // Their space is used again after the next checkpoint.
                    await DeleteAsync(database, "job");
                    await DeleteAsync(database, $"job-of-{round}");
                    await database.ExecuteAsync("SAVE");
                }
            }

            await CheckAsync(database, "job", Rounds);
        }

        await using (var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token))
        {
            await using var client = await Client.ConnectAsync(server);
            await CheckAsync(client.GetDatabase(), "job", Rounds);
            await CheckAsync(client.GetDatabase(), $"job-of-{Rounds}", Rounds);
            (await client.GetDatabase().KeyExistsAsync("job-of-1:hash:0")).ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1000)]
    public async Task Checkpoints_while_others_write_lose_nothing_and_do_nothing_twice(int keyLength)
    {
        const int Saves = 6;
        var written = new Dictionary<string, long>[4];
        await using (var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token))
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var writers = written.Select((_, writer) => Task.Run(async () =>
            {
                await using var client = await Client.ConnectAsync(server);
                written[writer] = await WriteUntilAsync(client.GetDatabase(), $"{writer}".PadRight(keyLength, 'k'), writer, enough.Token);
            })).ToArray();
            await using var saver = await Client.ConnectAsync(server);
            for (var save = 0; save < Saves; save++)
            {
                await saver.GetDatabase().ExecuteAsync("SAVE");
            }

            await enough.CancelAsync();
            await Task.WhenAll(writers);
        }

        await using var again = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        await using var reader = await Client.ConnectAsync(again);
        var database = reader.GetDatabase();
        foreach (var (key, length) in written.SelectMany(keys => keys))
        {
            (await database.ListLengthAsync(key + ":list")).ShouldBe(length, key);
            (await database.StringGetAsync(key + ":count")).ShouldBe(length == 0 ? RedisValue.Null : length, key);
            (await database.HashGetAsync(key + ":hash", "count")).ShouldBe(length == 0 ? RedisValue.Null : length, key);
        }
    }

    /// <returns>How long the list of each key is, and how often its counters were counted.</returns>
    private static async Task<Dictionary<string, long>> WriteUntilAsync(IDatabase database, string name, int seed, CancellationToken end)
    {
        const string Write = "redis.call('RPUSH', KEYS[1], 'x'); redis.call('INCR', KEYS[2]); redis.call('HINCRBY', KEYS[3], 'count', '1'); return 1";
        var random = new Random(seed);
        var written = new Dictionary<string, long>();
        while (!end.IsCancellationRequested)
        {
            var key = $"{name}:{random.Next(100)}";
            RedisKey[] keys = [key + ":list", key + ":count", key + ":hash"];
            if (random.Next(3) == 0)
            {
                await database.KeyDeleteAsync(keys);
                written[key] = 0;
            }
            else
            {
                await database.ScriptEvaluateAsync(Write, keys);
                written[key] = written.GetValueOrDefault(key) + 1;
            }
        }

        return written;
    }

    [Fact]
    public async Task Checkpoints_at_the_limit_of_the_log_lose_nothing()
    {
        const int Rounds = 3;
        await using (var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token))
        {
            await using var client = await Client.ConnectAsync(server);
            var database = client.GetDatabase();
            for (var round = 1; round <= Rounds; round++)
            {
                await WriteAsync(database, "job", round);
                await FillLogAsync(database);
                if (round < Rounds)
                {
                    await DeleteAsync(database, "job");
                    await FillLogAsync(database);
                }
            }
        }

        await using var again = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        await using var reader = await Client.ConnectAsync(again);
        await CheckAsync(reader.GetDatabase(), "job", Rounds);
    }

    // Until a checkpoint is taken, which frees the log.
    private static async Task FillLogAsync(IDatabase database)
    {
        var ballast = new byte[1 << 20];
        var before = (long)await database.ExecuteAsync("LASTSAVE");
        for (var i = 0; i < 66; i++)
        {
            await database.StringSetAsync("ballast", ballast);
        }

        while ((long)await database.ExecuteAsync("LASTSAVE") == before)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);
        }
    }

    [Theory]
    [InlineData(200)]
    [InlineData(1000)]
    public async Task Long_keys_survive_checkpoints(int length)
    {
        var name = new string('k', length);
        await using (var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token))
        {
            await using var client = await Client.ConnectAsync(server);
            await WriteAsync(client.GetDatabase(), name, 1);
            await client.GetDatabase().ExecuteAsync("SAVE");
            await WriteAsync(client.GetDatabase(), "later" + name, 2);
            await client.GetDatabase().ExecuteAsync("SAVE");
        }

        await using var again = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        await using var reader = await Client.ConnectAsync(again);
        await CheckAsync(reader.GetDatabase(), name, 1);
        await CheckAsync(reader.GetDatabase(), "later" + name, 2);
    }

    // In the kinds of values that RQ has.
    private static Task WriteAsync(IDatabase database, string name, int round) => Task.WhenAll(Enumerable.Range(0, Jobs).SelectMany(i => new Task[]
    {
        database.StringSetAsync($"{name}:string:{i}", round),
        database.HashSetAsync($"{name}:hash:{i}", [new("status", "queued"), new("round", round)]),
        database.ListRightPushAsync($"{name}:list:{i}", round),
        database.SortedSetAddAsync($"{name}:zset:{i}", "job", round),
        database.SetAddAsync($"{name}:set:{i}", "job"),
    }));

    private static Task<long> DeleteAsync(IDatabase database, string name) => database.KeyDeleteAsync([.. Enumerable.Range(0, Jobs).SelectMany(i => new RedisKey[]
    {
        $"{name}:string:{i}", $"{name}:hash:{i}", $"{name}:list:{i}", $"{name}:zset:{i}", $"{name}:set:{i}",
    })]);

    private static async Task CheckAsync(IDatabase database, string name, int round)
    {
        var missing = new List<string>();
        foreach (var i in Enumerable.Range(0, Jobs))
        {
            Note("string", await database.StringGetAsync($"{name}:string:{i}") == round);
            Note("hash", await database.HashGetAsync($"{name}:hash:{i}", "round") == round && await database.HashLengthAsync($"{name}:hash:{i}") == 2);
            Note("list", (await database.ListRangeAsync($"{name}:list:{i}")).SequenceEqual([round]));
            Note("zset", await database.SortedSetScoreAsync($"{name}:zset:{i}", "job") == round);
            Note("set", await database.SetContainsAsync($"{name}:set:{i}", "job"));

            void Note(string kind, bool isThere)
            {
                if (!isThere)
                {
                    missing.Add($"{kind}:{i}");
                }
            }
        }

        missing.ShouldBeEmpty();
    }
}
