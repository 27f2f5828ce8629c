namespace RQ.Tool.Tests.Servers;

/// <summary>The embedded server shared by processes that name the same directory.</summary>
public class EmbeddedTests
{
    [Fact]
    public async Task A_worker_runs_what_another_process_enqueues()
    {
        using var directory = new TemporaryDirectory();
        string url = $"embedded:path={directory.Path}";
        await using RqProcess worker = RqProcess.Start("worker", "-u", url, "--assembly", RqProcess.JobAssembly);
        await worker.LineAsync("Listening");

        RqExit enqueue = await RqProcess.RunAsync("enqueue", "-u", url, "--job-id", "add", "RQ.TestSupport.TestJobs.Add", ":3", ":4");
        enqueue.ShouldBe(new RqExit(0, "Enqueued RQ.TestSupport.TestJobs.Add(3, 4) with job-id 'add'.\n", ""));
        await worker.LineAsync("default: Job OK (add)");
        await worker.SignalAsync("TERM");

        (await worker.ExitAsync()).Code.ShouldBe(0);
    }

    [Fact]
    public async Task A_job_waits_on_disk_for_a_worker_that_comes_later()
    {
        using var directory = new TemporaryDirectory();
        string url = $"embedded:path={directory.Path}";

        (await RqProcess.RunAsync("enqueue", "-u", url, "--job-id", "add", "RQ.TestSupport.TestJobs.Add", ":3", ":4")).Code.ShouldBe(0);
        (await RqProcess.RunAsync("info", "-u", url, "-r")).Output.ShouldBe("queue default 1, 0 executing, 0 finished, 0 failed\n");
        RqExit worker = await RqProcess.RunAsync("worker", "-u", url, "--assembly", RqProcess.JobAssembly, "-b");

        worker.Code.ShouldBe(0, worker.Errors);
        worker.Output.ShouldContain("default: Job OK (add)");
    }

    [Fact]
    public async Task The_server_alone_says_where_it_is_and_ends_by_a_signal()
    {
        using var directory = new TemporaryDirectory();
        int port = RedisServer.FreePort();
        await using RqProcess server = RqProcess.Start("server", "--path", directory.Path, "--port", $"{port}");

        (await server.LineAsync("Listening")).ShouldBe(
            $"Listening on 127.0.0.1:{port}, data in {directory.Path}. Connect with: rq worker -u embedded:path={directory.Path}");
        (await RqProcess.RunAsync("enqueue", "-u", $"embedded:path={directory.Path}", "f")).Code.ShouldBe(0);
        await server.SignalAsync("TERM");

        (await server.ExitAsync()).Code.ShouldBe(0);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_had_is_told_in_one_line()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.File("file", "");

        foreach (string[] command in new string[][] { ["server", "--path", file], ["worker", "-u", $"embedded:path={file}"] })
        {
            RqExit exit = await RqProcess.RunAsync(command);

            exit.Code.ShouldBe(1);
            exit.ErrorLines.ShouldHaveSingleItem().ShouldContain("Name a directory");
        }
    }
}
