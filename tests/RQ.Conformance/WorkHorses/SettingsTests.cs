using System.Diagnostics;
using System.Globalization;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.WorkHorses;

/// <summary>What a worker is told, its work horses know; what others must not see, they do not.</summary>
public class SettingsTests
{
    private const string Password = "s3cret-of-the-shop";

    [Fact]
    public async Task S136_a_work_horse_of_a_program_has_all_its_settings()
    {
        await using TlsRedis server = await TlsRedis.StartAsync("--user", "shop", "on", $">{Password}", "~*", "&*", "+@all");

        string[] output = await RunHostAsync($"rediss://shop:{Password}@localhost:{server.Port}/3", server.Certificate, "100");

        output[0].ShouldStartWith("ran 100 in ");
        output[1].ShouldBe("a of corner shop as shop: in plain-text, Started, elsewhere: True");
        output.Length.ShouldBe(2, "nothing was logged that is no warning");
    }

    [Fact]
    public async Task A_work_horse_uses_the_embedded_server_of_its_worker()
    {
        string[] output = await RunHostAsync("embedded:", null, "5");

        output[0].ShouldStartWith("ran 5 in ");
        output[1].ShouldBe("a of corner shop as shop: in plain-text, Started, elsewhere: True");
    }

    [Fact]
    public async Task S136_S143_the_password_of_a_worker_is_not_on_the_command_line_of_its_work_horses()
    {
        await using RedisServer server = await RedisServer.StartAsync("--user", "shop", "on", $">{Password}", "~*", "&*", "+@all");
        string url = $"redis://shop:{Password}@127.0.0.1:{server.Port}/0";
        await using RqConnection rq = await RqConnection.ConnectAsync(url);
        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => HorseJobs.ProcessId());
        await using WorkerProcess worker = await WorkerProcess.StartAsync(url, "--isolation", "work-horse", "-v");

        int id = await job.WaitForResultAsync(Eventually.Limit);

        id.ShouldNotBe(worker.Id);
        string commandLine = await File.ReadAllTextAsync($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/cmdline");
        commandLine.ShouldContain("RQ.Tool.dll");
        commandLine.ShouldNotContain(Password);
        worker.Output.ShouldNotContain(Password);
    }

    private static async Task<string[]> RunHostAsync(string url, string? certificate, string count)
    {
        string program = WorkerProcess.Tool.Replace("RQ.Tool", "RQ.WorkHorse.TestHost", StringComparison.Ordinal);
        var start = new ProcessStartInfo("dotnet", [program, count]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SHOP_URL"] = url;
        if (certificate is not null)
            start.Environment["SHOP_CERTIFICATE"] = certificate;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Limit);
        await process.WaitForExitAsync().WaitAsync(Eventually.Limit);
        (await errors).ShouldBe("");
        process.ExitCode.ShouldBe(0);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
