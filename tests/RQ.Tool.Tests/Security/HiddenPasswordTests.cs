using StackExchange.Redis;

namespace RQ.Tool.Tests.Security;

/// <summary>S143: how a password reaches the command, and where it does not get to.</summary>
public class HiddenPasswordTests
{
    private const string Secret = "sesame-0pen";

    [Theory]
    [InlineData("RQ_REDIS_URL_FILE", "redis://:sesame-0pen@127.0.0.1:PORT/0\n")]
    [InlineData("REDIS_URL_FILE", "redis://:sesame-0pen@127.0.0.1:PORT/0")]
    [InlineData("REDIS_PASSWORD_FILE", "sesame-0pen\r\n")]
    public async Task The_address_or_the_password_may_be_in_a_file_S143(string variable, string content)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await server.RequirePasswordAsync(Secret);
        using var directory = new TemporaryDirectory();
        string file = Path.Combine(directory.Path, "secret");
        await File.WriteAllTextAsync(file, content.Replace("PORT", $"{server.Port}", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        RqExit exit = await RqProcess.RunAsync([(variable, file), ("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", $"{server.Port}")], "worker", "-b", "-v");

        exit.Code.ShouldBe(0, exit.Errors);
        exit.Output.ShouldContain(variable);
        (exit.Output + exit.Errors).ShouldNotContain(Secret);
    }

    [Fact]
    public async Task A_file_that_is_not_there_or_is_empty_is_told_S143()
    {
        string empty = Path.GetTempFileName();
        foreach ((string file, string told) in new[] { (empty, "is empty"), (empty + ".missing", "cannot be read") })
        {
            RqExit exit = await RqProcess.RunAsync([("RQ_REDIS_URL_FILE", file)], "info");

            exit.Code.ShouldBe(2, exit.Errors);
            exit.ErrorLines.ShouldHaveSingleItem().ShouldContain(told);
        }

        File.Delete(empty);
    }

    [Fact]
    public async Task Neither_the_processes_of_a_pool_nor_redis_nor_a_log_has_the_password_while_jobs_run_S143()
    {
        if (!OperatingSystem.IsLinux())
            throw Python.Missing("Linux");
        await using RedisServer server = await RedisServer.StartAsync();
        await server.RequirePasswordAsync(Secret);
        string url = $"redis://:{Secret}@127.0.0.1:{server.Port}/0";
        await using RqConnection rq = await RqConnection.ConnectAsync(url);
        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => HorseJobs.ProcessId());
        await using RqProcess pool = RqProcess.Start([], "worker-pool", "-v", "-n", "2", "-u", url, "--assembly", RqProcess.JobAssembly);
        int horse = await job.WaitForResultAsync(Eventually.Limit);
        // A worker registers when its first work horse is ready.
        await Eventually.BecomesAsync(async () => (await Worker.AllAsync(rq)).Count == 2, "both workers are there");

        int[] started = LinuxProcesses.Descendants(pool.Id);
        started.ShouldContain(horse);
        started.Length.ShouldBeGreaterThanOrEqualTo(4, "two workers, and a work horse of each");
        foreach (int id in started)
            LinuxProcesses.CommandLine(id).ShouldNotContain(Secret);
        (await EverythingAsync(rq)).ShouldNotContain(Secret);
        RqExit info = await RqProcess.RunAsync([("RQ_REDIS_URL", url)], "info");
        info.Output.ShouldContain("2 workers");
        info.Output.ShouldNotContain(Secret);
        await pool.SignalAsync("TERM");
        RqExit exit = await pool.ExitAsync();
        (exit.Output + exit.Errors).ShouldNotContain(Secret);
    }

    [Fact]
    public void Addresses_do_not_show_what_they_hold_S143()
    {
        new ServerAddress($"redis://:{Secret}@host").ToString().ShouldNotContain(Secret);
        new Secret(Secret, "REDIS_URL").ToString().ShouldBe("REDIS_URL");
    }

    private static async Task<string> EverythingAsync(RqConnection rq)
    {
        var text = new System.Text.StringBuilder();
        await foreach (RedisKey key in rq.Multiplexer.GetServers()[0].KeysAsync(0))
        {
            text.Append(key);
            if (await rq.Multiplexer.GetDatabase().KeyTypeAsync(key) == RedisType.Hash)
                text.AppendJoin(' ', (await rq.Multiplexer.GetDatabase().HashGetAllAsync(key)).Select(entry => $"{entry.Name}={entry.Value}"));
            else if (await rq.Multiplexer.GetDatabase().KeyDumpAsync(key) is { } dump)
                text.Append(System.Text.Encoding.Latin1.GetString(dump));
        }

        return text.ToString();
    }
}
