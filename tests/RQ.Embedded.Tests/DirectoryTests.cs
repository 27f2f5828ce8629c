using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using StackExchange.Redis;

namespace RQ.Embedded.Tests;

public sealed class DirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Data_and_address_survive_a_restart(bool acknowledgeAfterWrite)
    {
        var options = new EmbeddedServerOptions { Directory = _directory.Path, AcknowledgeAfterWrite = acknowledgeAfterWrite };
        IPEndPoint address;
        string? password;
        await using (var server = await EmbeddedServer.StartAsync(options, Token))
        {
            (address, password) = (server.EndPoint, server.Password);
            await using var client = await Client.ConnectAsync(server);
            var database = client.GetDatabase();
            await database.StringSetAsync("string", "value");
            await database.HashSetAsync("hash", [new("a", 1), new("b", 2)]);
            await database.ListRightPushAsync("list", ["x", "y", "z"]);
            await database.SortedSetAddAsync("zset", [new("m", 1.5)]);
            await database.SetAddAsync("set", ["s"]);
            await database.KeyExpireAsync("string", TimeSpan.FromHours(1));
            await database.ExecuteAsync("BLMOVE", "list", "moved", "LEFT", "RIGHT", "1");
            await database.ScriptEvaluateAsync("redis.call('LPOP', KEYS[1]); redis.call('HSET', KEYS[2], 'c', '3')", ["list", "hash"]);
        }

        await using (var server = await EmbeddedServer.StartAsync(options, Token))
        {
            server.EndPoint.ShouldBe(address);
            server.Password.ShouldBe(password);
            await using var client = await Client.ConnectAsync(server);
            var database = client.GetDatabase();
            ((string?)await database.StringGetAsync("string")).ShouldBe("value");
            (await database.KeyTimeToLiveAsync("string")).ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromMinutes(50));
            (await database.HashGetAsync("hash", ["a", "b", "c"])).ShouldBe(["1", "2", "3"]);
            (await database.ListRangeAsync("list")).ShouldBe(["z"]);
            (await database.ListRangeAsync("moved")).ShouldBe(["x"]);
            (await database.SortedSetScoreAsync("zset", "m")).ShouldBe(1.5);
            (await database.SetMembersAsync("set")).ShouldBe(["s"]);
        }
    }

    [Fact]
    public async Task Data_survives_checkpoints_and_restarts()
    {
        for (var round = 0; round < 3; round++)
        {
            await using var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
            await using var client = await Client.ConnectAsync(server);
            var database = client.GetDatabase();
            (await database.ListLengthAsync("rounds")).ShouldBe(round * 2);
            await database.ListRightPushAsync("rounds", $"{round}a");
            await database.ExecuteAsync("SAVE");
            await database.ListRightPushAsync("rounds", $"{round}b");
        }
    }

    [Fact]
    public async Task Every_acknowledged_write_is_there_after_a_clean_stop_under_load()
    {
        var acknowledged = new long[4];
        var options = new EmbeddedServerOptions { Directory = _directory.Path, AcknowledgeAfterWrite = false };
        var server = await EmbeddedServer.StartAsync(options, Token);
        var enough = new TaskCompletionSource();
        var clients = await Task.WhenAll(acknowledged.Select(_ => Client.ConnectAsync(server)));
        var writers = clients.Select((client, writer) => Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    acknowledged[writer] = await client.GetDatabase().ListRightPushAsync($"list{writer}", "x");
                    if (acknowledged[writer] == 300)
                    {
                        enough.TrySetResult();
                    }
                }
            }
            catch (RedisException)
            {
            }
            finally
            {
                await client.DisposeAsync();
            }
        })).ToArray();
        await enough.Task.WaitAsync(Patience.Limit, Token);
        await server.DisposeAsync();
        await Task.WhenAll(writers);

        await using var again = await EmbeddedServer.StartAsync(options, Token);
        await using var reader = await Client.ConnectAsync(again);
        for (var writer = 0; writer < acknowledged.Length; writer++)
        {
            (await reader.GetDatabase().ListLengthAsync($"list{writer}")).ShouldBeGreaterThanOrEqualTo(acknowledged[writer]);
        }
    }

    [Fact]
    public async Task Two_in_one_process_share_until_both_are_gone()
    {
        var one = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        var both = await Task.WhenAll(
            EmbeddedServer.StartAsync(_directory.Path + Path.DirectorySeparatorChar, cancellationToken: Token),
            EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token));
        both.ShouldAllBe(server => server.EndPoint.Equals(one.EndPoint) && server.IsOwner);

        await one.DisposeAsync();
        await one.DisposeAsync();
        await both[0].DisposeAsync();
        await using (var client = await Client.ConnectAsync(both[1]))
        {
            await client.GetDatabase().StringSetAsync("key", "value");
        }

        await both[1].DisposeAsync();
        LoopbackPort.IsFree(one.EndPoint.Port).ShouldBeTrue();
    }

    [Fact]
    public async Task Same_directory_under_another_name_is_joined()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Symbolic links need a privilege there.");
        await using var one = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        var link = _directory.Path + "-link";
        Directory.CreateSymbolicLink(link, _directory.Path);
        try
        {
            await using var two = await EmbeddedServer.StartAsync(link, cancellationToken: Token);
            two.IsOwner.ShouldBeFalse();
            two.EndPoint.ShouldBe(one.EndPoint);
        }
        finally
        {
            Directory.Delete(link);
        }
    }

    [Fact]
    public async Task Another_port_or_password_than_the_running_one_is_refused()
    {
        await using var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        var port = await Should.ThrowAsync<InvalidOperationException>(
            () => EmbeddedServer.StartAsync(_directory.Path, LoopbackPort.FindFree(), Token));
        port.Message.ShouldContain($"already served on port {server.EndPoint.Port}");
        var password = await Should.ThrowAsync<InvalidOperationException>(
            () => EmbeddedServer.StartAsync(new EmbeddedServerOptions { Directory = _directory.Path, Password = "other" }, Token));
        password.Message.ShouldContain("another password");
    }

    [Theory]
    [InlineData("old password", null)]
    [InlineData("old password", "given")]
    [InlineData("", null)]
    public async Task Files_left_behind_by_a_dead_owner_are_no_obstacle(string last, string? given)
    {
        Directory.CreateDirectory(_directory.Path);
        File.WriteAllText(_directory.File("rq.lock"), "");
        // The port is in use by another program, as after a restart of the machine.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        ServerFile.Write(_directory.Path, new ServerAccess(((IPEndPoint)listener.LocalEndpoint).Port, last));

        var time = new FakeTimeProvider();
        var start = EmbeddedServer.StartAsync(new EmbeddedServerOptions { Directory = _directory.Path, Password = given, TimeProvider = time }, Token);
        await Patience.Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return start.IsCompleted;
        });
        await using var server = await start;
        server.IsOwner.ShouldBeTrue();
        server.EndPoint.Port.ShouldNotBe(((IPEndPoint)listener.LocalEndpoint).Port);
        var access = ServerFile.TryRead(_directory.Path).ShouldNotBeNull();
        access.Port.ShouldBe(server.EndPoint.Port);
        // Whoever listens on the old port may have been told the old password.
        access.Password.ShouldNotBe("old password");
        access.Password.Length.ShouldBe(given?.Length ?? (last.Length == 0 ? 0 : 32));
    }

    [Fact]
    public async Task Another_port_has_another_password()
    {
        string? password;
        await using (var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token))
        {
            password = server.Password;
        }

        await using var moved = await EmbeddedServer.StartAsync(_directory.Path, LoopbackPort.FindFree(), Token);
        moved.Password.ShouldNotBeNullOrEmpty();
        moved.Password.ShouldNotBe(password);
    }

    [Fact]
    public void Port_lost_while_the_data_was_read_is_told_from_damage_however_deep_it_lies()
    {
        var taken = new SocketException((int)SocketError.AddressAlreadyInUse);
        PortInUseException.IsBehind(taken).ShouldBeTrue();
        PortInUseException.IsBehind(new InvalidOperationException("", new AggregateException(new IOException(), new IOException("", taken)))).ShouldBeTrue();
        PortInUseException.IsBehind(new IOException("", new SocketException((int)SocketError.ConnectionReset))).ShouldBeFalse();
    }

    [Fact]
    public async Task Unreadable_server_file_is_replaced()
    {
        Directory.CreateDirectory(_directory.Path);
        File.WriteAllText(_directory.File("rq.server"), "{");
        await using var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        ServerFile.TryRead(_directory.Path).ShouldNotBeNull().Port.ShouldBe(server.EndPoint.Port);
    }

    [Fact]
    public async Task Server_file_is_for_its_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "No Unix file modes there.");
        await using var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(_directory.File("rq.server")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.GetUnixFileMode(_directory.Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public async Task What_is_in_a_directory_that_is_open_to_others_is_for_its_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "No Unix file modes there.");
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
            Directory.CreateDirectory(_directory.Path);
            File.SetUnixFileMode(_directory.Path, Open);
            await using var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
            File.GetUnixFileMode(_directory.Path).ShouldBe(Open);
            File.GetUnixFileMode(_directory.File("data")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.GetUnixFileMode(_directory.File("rq.lock")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task File_in_place_of_the_directory_is_refused()
    {
        File.WriteAllText(_directory.Path, "");
        try
        {
            var error = await Should.ThrowAsync<IOException>(() => EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token));
            error.Message.ShouldContain("that is a file");
        }
        finally
        {
            File.Delete(_directory.Path);
        }
    }

    [Fact]
    public async Task Directory_that_cannot_be_created_is_refused()
    {
        Directory.CreateDirectory(_directory.Path);
        File.WriteAllText(_directory.File("file"), "");
        var error = await Should.ThrowAsync<IOException>(
            () => EmbeddedServer.StartAsync(Path.Combine(_directory.File("file"), "below"), cancellationToken: Token));
        error.Message.ShouldContain("could not be created");
    }

    [Fact]
    public async Task Directory_that_cannot_be_written_is_refused()
    {
        // A directory in place of the lock file: for the superuser, whom modes do not stop, as good as no right to write.
        Directory.CreateDirectory(_directory.File("rq.lock"));
        var error = await Should.ThrowAsync<IOException>(() => EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token));
        error.Message.ShouldContain("cannot write");
    }

    [Fact]
    public async Task Data_of_a_newer_format_is_refused()
    {
        Directory.CreateDirectory(_directory.Path);
        File.WriteAllText(_directory.File("rq.server"), """{"Format":99,"Port":20001,"Password":"x"}""");
        var error = await Should.ThrowAsync<InvalidOperationException>(() => EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token));
        error.Message.ShouldContain("newer version");
        error.Message.ShouldContain("Update the package");
    }

    [Fact]
    public async Task Damaged_data_is_refused_and_the_directory_is_free_again()
    {
        await using (var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token))
        {
            await using var client = await Client.ConnectAsync(server);
            await client.GetDatabase().StringSetAsync("key", "value");
            await client.GetDatabase().ExecuteAsync("SAVE");
        }

        foreach (var info in Directory.GetFiles(_directory.File("data"), "info.dat*", SearchOption.AllDirectories))
        {
            File.WriteAllText(info, "nonsense");
        }

        var error = await Should.ThrowAsync<InvalidOperationException>(() => EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token));
        error.Message.ShouldContain("could not start from the data");
        using var free = ServerLock.TryTake(_directory.Path);
        free.ShouldNotBeNull();
    }

    [Fact]
    public async Task Log_that_cannot_be_read_is_refused_and_left_as_it_is()
    {
        await using (var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token))
        {
            await using var client = await Client.ConnectAsync(server);
            await client.GetDatabase().StringSetAsync("key", "value");
        }

        // As if every read answered with zeros: Garnet itself would start with no data and write over what is there.
        var log = Directory.GetFiles(_directory.File(Path.Combine("data", "AOF")), "*", SearchOption.AllDirectories);
        var intact = log.ToDictionary(file => file, File.ReadAllBytes);
        foreach (var (file, bytes) in intact)
        {
            File.WriteAllBytes(file, new byte[bytes.Length]);
        }

        var error = await Should.ThrowAsync<InvalidOperationException>(() => EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token));
        error.Message.ShouldContain("could not start from the data");
        log.ShouldAllBe(file => File.ReadAllBytes(file).All(b => b == 0));

        foreach (var (file, bytes) in intact)
        {
            File.WriteAllBytes(file, bytes);
        }

        await using var again = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        await using var reader = await Client.ConnectAsync(again);
        ((string?)await reader.GetDatabase().StringGetAsync("key")).ShouldBe("value");
    }

    [Fact]
    public async Task Log_that_ends_in_the_first_bytes_of_a_commit_record_is_mended()
    {
        const int Writes = 1500;
        await using (var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token))
        {
            await using var client = await Client.ConnectAsync(server);
            for (var i = 0; i < Writes; i++)
            {
                await client.GetDatabase().ListRightPushAsync("list", new string('x', i % 97));
            }
        }

        // Cut where a kill may cut: at the end of a sector that holds just the first eight bytes of a commit record.
        var log = _directory.File(Path.Combine("data", "AOF", "aof.log.0"));
        var bytes = File.ReadAllBytes(log);
        ReadOnlySpan<byte> start = [0xd8, 0xff, 0xff, 0xff, 1, 0, 0, 0];
        var end = 0;
        for (var sector = 512; sector <= bytes.Length; sector += 512)
        {
            if (bytes.AsSpan(sector - start.Length, start.Length).SequenceEqual(start))
            {
                end = sector;
            }
        }

        end.ShouldBeGreaterThan(0, "No commit record lies like that; vary the lengths above.");
        File.WriteAllBytes(log, bytes[..end]);

        await using var again = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        await using var reader = await Client.ConnectAsync(again);
        (await reader.GetDatabase().ListLengthAsync("list")).ShouldBeGreaterThan(0);
        await reader.GetDatabase().ListRightPushAsync("list", "and on");
    }
}
