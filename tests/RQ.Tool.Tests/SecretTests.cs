namespace RQ.Tool.Tests;

/// <summary>S143: a password stays between the user and the server.</summary>
public class SecretTests
{
    private const string Secret = "sesame-0pen";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_command_shows_the_password_S143(bool byUrl)
    {
        await using RedisServer server = await ProtectedServerAsync();
        (string[] option, (string, string)[] environment) = Ways(server, byUrl);
        foreach ((string[] command, int code) in new (string[], int)[]
        {
            (["worker", "-b", "-v"], 0),
            (["worker-pool", "-b", "-v", "-n", "2"], 0),
            (["enqueue", "f"], 0),
            (["info"], 0),
            (["empty", "--all"], 0),
            (["requeue", "--queue", "q", "nothing"], 1),
            (["cron", "list"], 0),
            (["cron", "show", "nothing"], 1),
            (["suspend"], 0),
            (["resume"], 0),
            (["stop", "nothing"], 1),
            (["shutdown", "nobody"], 1),
            (["kill-horse", "nobody"], 1),
        })
        {
            RqExit exit = await RqProcess.RunAsync(environment, [.. command, .. option]);

            exit.Code.ShouldBe(code, $"{command[0]}: {exit.Errors}");
            (exit.Output + exit.Errors).ShouldNotContain(Secret);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_process_that_rq_starts_has_the_password_on_its_command_line_S143(bool byUrl)
    {
        if (!OperatingSystem.IsLinux())
            throw Python.Missing("Linux");
        await using RedisServer server = await ProtectedServerAsync();
        (string[] option, (string, string)[] environment) = Ways(server, byUrl);
        await using RqProcess pool = RqProcess.Start(environment, ["worker-pool", "--name", "w", "--results-ttl", "-1", .. option, "high"]);
        await pool.LineAsync("Listening");

        int[] started = LinuxProcesses.Descendants(pool.Id);

        started.ShouldNotBeEmpty();
        started.Select(LinuxProcesses.CommandLine).ShouldAllBe(line => !line.Contains(Secret, StringComparison.Ordinal));
        LinuxProcesses.CommandLine(started[0]).ShouldEndWith("worker --results-ttl=-1 --with-scheduler --name=w-1 -- high ");
        await pool.SignalAsync("TERM");
        RqExit exit = await pool.ExitAsync();
        exit.Code.ShouldBe(0, exit.Errors);
        (exit.Output + exit.Errors).ShouldNotContain(Secret);
    }

    [Theory]
    [InlineData(null, 1, "not with TLS that is trusted here")]
    [InlineData("required", 1, "not with TLS that is trusted here")]
    [InlineData("false", 2, "REDIS_SSL_CERT_REQS")]
    [InlineData("none", 0, null)]
    [InlineData("None", 0, null)]
    public async Task A_certificate_that_nobody_knows_is_refused_unless_somebody_says_so_S143_CFG_3(string? check, int code, string? told)
    {
        await using TlsRedis server = await TlsRedis.StartAsync();

        RqExit exit = await RqProcess.RunAsync(
            [("REDIS_HOST", "localhost"), ("REDIS_PORT", $"{server.Port}"), ("REDIS_SSL", "true"), ("REDIS_SSL_CERT_REQS", check ?? "")], "info", "--raw");

        exit.Code.ShouldBe(code, exit.Errors);
        if (told is not null)
            exit.ErrorLines.ShouldHaveSingleItem().ShouldContain(told);
    }

    private static async Task<RedisServer> ProtectedServerAsync()
    {
        RedisServer server = await RedisServer.StartAsync();
        await server.RequirePasswordAsync(Secret);
        return server;
    }

    private static (string[] Option, (string, string)[] Environment) Ways(RedisServer server, bool byUrl) => byUrl
        ? (["-u", $"redis://:{Secret}@127.0.0.1:{server.Port}/0"], [])
        : ([], [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", $"{server.Port}"), ("REDIS_PASSWORD", Secret)]);
}
