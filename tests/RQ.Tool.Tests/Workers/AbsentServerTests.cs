using StackExchange.Redis;

namespace RQ.Tool.Tests.Workers;

/// <summary>S115: the server comes later than the worker.</summary>
public class AbsentServerTests
{
    [Theory]
    [InlineData("worker")]
    [InlineData("worker-pool")]
    public async Task A_worker_waits_for_its_server_and_says_so_once_S115(string command)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        server.Kill();
        await using RqProcess worker = RqProcess.Start(command, "-u", server.Url(), "--assembly", RqProcess.JobAssembly);
        string line = await worker.LineAsync("nothing listens there");
        // It has tried again by then, in vain.
        await Task.Delay(TimeSpan.FromSeconds(2.5));

        await server.StartAsync();
        await worker.LineAsync("Connected to Redis");
        await worker.LineAsync("*** Listening on default");
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(1, 2));
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        await worker.SignalAsync("TERM");
        RqExit exit = await worker.ExitAsync();
        exit.Code.ShouldBe(0, exit.Errors);
        exit.Output.Split("nothing listens there").Length.ShouldBe(2, exit.Output);
        line.ShouldContain($"127.0.0.1:{server.Port}");
    }

    [Fact]
    public async Task A_server_that_still_loads_its_data_is_waited_for_S115()
    {
        // A tenth of a second for each key.
        await using RedisServer server = await RedisServer.StartAsync("--key-load-delay", "100000", "--loading-process-events-interval-bytes", "1024");
        await using (ConnectionMultiplexer admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true"))
        {
            for (int i = 0; i < 1000; i++)
                await admin.GetDatabase().StringSetAsync($"key-{i}", System.Security.Cryptography.RandomNumberGenerator.GetHexString(4000));
            await admin.GetServers()[0].ExecuteAsync("SAVE");
        }

        server.Kill();
        Task loading = server.StartAsync();
        await using RqProcess worker = RqProcess.Start("worker", "-u", server.Url(), "-b");
        string line = await worker.LineAsync("Waiting for it");
        RedisCluster.Ask(server, "CONFIG", "SET", "key-load-delay", "0");
        RqExit exit = await worker.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        exit.Output.ShouldContain("Connected to Redis");
        exit.Output.ShouldContain("done, quitting");
        // It serves clients between two keys only.
        (line.Contains("LOADING", StringComparison.Ordinal) || line.Contains("does not answer", StringComparison.Ordinal)).ShouldBeTrue(line);
        await loading;
    }

    [Theory]
    [InlineData("worker", "TERM")]
    [InlineData("worker-pool", "INT")]
    public async Task A_signal_ends_the_waiting_S115_S112(string command, string signal)
    {
        await using RqProcess worker = RqProcess.Start(command, "-u", $"redis://:sesame@127.0.0.1:{RedisServer.FreePort()}");
        await worker.LineAsync("Waiting for it");

        await worker.SignalAsync(signal);
        RqExit exit = await worker.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        exit.Output.ShouldNotContain("sesame");
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("worker-pool")]
    public async Task What_waiting_does_not_mend_ends_it_at_once_S115_WRK_23_S143(string command)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await server.RequirePasswordAsync("sesame-1");
        foreach ((string url, string told) in new[]
        {
            (server.Url(), "it asks for a password"),
            ($"redis://:sesame-2@127.0.0.1:{server.Port}/0", "refused the user name or password"),
            ("foo://:sesame-3@host", "redis://"),
        })
        {
            RqExit exit = await RqProcess.RunAsync(command, "-u", url);

            exit.Code.ShouldBe(1, exit.Output + exit.Errors);
            exit.ErrorLines.ShouldHaveSingleItem().ShouldContain(told);
            (exit.Output + exit.Errors).ShouldNotContain("sesame");
        }
    }
}
