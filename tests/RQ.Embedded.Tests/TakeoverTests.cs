using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Shouldly;

namespace RQ.Embedded.Tests;

/// <summary>A process that stands by, whose clock the test moves on, so that it does not take over before all is prepared.</summary>
public sealed class TakeoverTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly PausingTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Port_that_another_program_has_for_a_while_is_waited_for()
    {
        await using var owner = await HostProcess.StartAsync(_directory.Path);
        await using var server = await JoinAsync();
        await owner.KillAsync();
        using (var listener = await ListenAsync(server.EndPoint))
        {
            // It has the lock, and tries to have the port.
            await Patience.Until(() => Pass(TimeSpan.FromMilliseconds(250)) && !IsDirectoryFree());
            server.IsOwner.ShouldBeFalse();
        }

        await Patience.Until(() => Pass(TimeSpan.FromMilliseconds(250)) && server.IsOwner);
        server.ConnectionString.ShouldBe(owner.ConnectionString);
    }

    [Fact]
    public async Task Port_that_another_program_keeps_is_given_up_and_the_password_with_it()
    {
        using var errors = new Errors(_directory.Path);
        await using var owner = await HostProcess.StartAsync(_directory.Path);
        await using var server = await JoinAsync();
        var (address, password) = (server.EndPoint, server.Password);
        await owner.KillAsync();
        using var listener = await ListenAsync(address);

        await Patience.Until(() => Pass(TimeSpan.FromSeconds(1)) && server.IsOwner);
        server.EndPoint.ShouldNotBe(address);
        server.Password.ShouldNotBeNullOrEmpty();
        server.Password.ShouldNotBe(password);
        ServerFile.TryRead(_directory.Path).ShouldBe(new ServerAccess(server.EndPoint.Port, server.Password));
        errors.Told.ShouldHaveSingleItem().ShouldContain($"listens on port {server.EndPoint.Port} now");
        await using var client = await Client.ConnectAsync(server);
        await client.GetDatabase().PingAsync();
    }

    [Fact]
    public async Task Address_is_kept_although_the_file_that_says_it_is_lost()
    {
        await using var owner = await HostProcess.StartAsync(_directory.Path);
        await using var server = await JoinAsync();
        await owner.KillAsync();
        File.Delete(_directory.File("rq.server"));

        await Patience.Until(() => Pass(TimeSpan.FromMilliseconds(250)) && server.IsOwner);
        server.ConnectionString.ShouldBe(owner.ConnectionString);
    }

    [Fact]
    public async Task Pauses_between_starts_that_fail_grow()
    {
        using var errors = new Errors(_directory.Path);
        await using var owner = await HostProcess.StartAsync(_directory.Path);
        await using var server = await JoinAsync();
        await owner.KillAsync();
        Directory.Delete(_directory.File("data"), recursive: true);
        File.WriteAllText(_directory.File("data"), "");

        await Patience.Until(() => Pass(TimeSpan.FromSeconds(30)) && _time.Pauses.Count(pause => pause.TotalSeconds == 30) > 1);
        _time.Pauses.Distinct().Select(pause => pause.TotalSeconds).ShouldBe([0.25, 0.5, 1, 2, 4, 8, 16, 30]);
        errors.Told.ShouldAllBe(error => error.Contains("trying again", StringComparison.Ordinal));

        // What keeps it from starting goes away.
        File.Delete(_directory.File("data"));
        await Patience.Until(() => Pass(TimeSpan.FromSeconds(30)) && server.IsOwner);
    }

    private Task<EmbeddedServer> JoinAsync() =>
        EmbeddedServer.StartAsync(new EmbeddedServerOptions { Directory = _directory.Path, TimeProvider = _time }, Token);

    private static async Task<TcpListener> ListenAsync(IPEndPoint address)
    {
        await Patience.Until(() => LoopbackPort.IsFree(address.Port));
        var listener = new TcpListener(address);
        listener.Start();
        return listener;
    }

    private bool Pass(TimeSpan time)
    {
        _time.Advance(time);
        return true;
    }

    private bool IsDirectoryFree()
    {
        using var free = ServerLock.TryTake(_directory.Path);
        return free is not null;
    }

    /// <summary>A clock that stands still until it is moved on, and remembers the pauses that were made by it.</summary>
    private sealed class PausingTime : FakeTimeProvider
    {
        // Of the question whether the server of another process answers.
        private static readonly TimeSpan Probe = TimeSpan.FromSeconds(5);

        private readonly List<TimeSpan> _pauses = [];

        public IReadOnlyList<TimeSpan> Pauses
        {
            get
            {
                lock (_pauses)
                {
                    return [.. _pauses];
                }
            }
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != Probe)
            {
                lock (_pauses)
                {
                    _pauses.Add(dueTime);
                }
            }

            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
