namespace RQ.Tool.Tests.Security;

/// <summary>The command with keys: its jobs are signed or encrypted, and the keys are seen nowhere.</summary>
public class ProtectionTests
{
    private static readonly string s_key = KeyRing.NewKey();

    [Theory]
    [InlineData("RQ_SIGNING_KEYS", "work-horse")]
    [InlineData("RQ_ENCRYPTION_KEYS", "work-horse")]
    [InlineData("RQ_ENCRYPTION_KEYS", "none")]
    public async Task A_worker_and_its_work_horses_have_the_keys_of_their_environment_S136(string variable, string isolation)
    {
        var keys = new KeyRing($"2026-11:{s_key}");
        await using TestWorld world = await TestWorld.CreateAsync(
            Backend.Redis, options => options.Serializer = variable == "RQ_SIGNING_KEYS" ? JobSerializer.Pickle.WithSigning(keys) : JobSerializer.Pickle.WithEncryption(keys));
        (string, string)[] environment = [(variable, $"2026-11:{s_key}"), ("RQ_REDIS_URL", world.Url)];

        RqExit enqueued = await RqProcess.RunAsync(environment, "enqueue", "--job-id", "by-command", "RQ.TestSupport.TestJobs.Add", ":20", ":22");
        Job<int> job = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId());
        await world.Database().HashSetAsync("rq:job:plain", [new("data", JobSerializer.Pickle.Serialize(new object?[] { "RQ.TestSupport.TestJobs.Nothing", null, Array.Empty<object?>(), new Dictionary<object, object?>() })), new("origin", "default"), new("status", "queued")]);
        await world.Database().ListRightPushAsync("rq:queue:default", "plain");
        RqExit worker = await RqProcess.RunAsync(environment, "worker", "-b", "-v", "--isolation", isolation, "--assembly", RqProcess.JobAssembly);

        enqueued.Code.ShouldBe(0, enqueued.Errors);
        worker.Code.ShouldBe(0, worker.Errors);
        (await (await Job.FetchAsync("by-command", world.Rq)).GetLatestResultAsync())!.ReturnValue.ShouldBe(42L);
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBeGreaterThan(0);
        (await (await Job.FetchAsync("plain", world.Rq)).GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("this connection reads no other");
        foreach (RqExit exit in new[] { enqueued, worker })
            (exit.Output + exit.Errors).ShouldNotContain(s_key);
    }

    [Fact]
    public async Task Keys_come_from_a_file_too_and_what_is_wrong_with_them_is_told_without_them()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"2026-11:{s_key}\n", TestContext.Current.CancellationToken);
        (string, string) url = ("RQ_REDIS_URL", world.Url);

        (await RqProcess.RunAsync([url, ("RQ_SIGNING_KEYS_FILE", file)], "enqueue", "f")).Code.ShouldBe(0);
        await RefusedAsync("Encrypting also signs", ("RQ_SIGNING_KEYS_FILE", file), ("RQ_ENCRYPTION_KEYS", $"a:{s_key}"));
        await RefusedAsync("Key number 1 is not valid", ("RQ_SIGNING_KEYS", s_key));
        await RefusedAsync("RQ_SIGNING_KEYS_FILE names a file that cannot be read", ("RQ_SIGNING_KEYS_FILE", file + ".missing"));
        await RefusedAsync("RQ_BIND_TO_JOB is 'perhaps': write true or false", ("RQ_SIGNING_KEYS_FILE", file), ("RQ_BIND_TO_JOB", "perhaps"));
        File.Delete(file);

        async Task RefusedAsync(string told, params (string, string)[] environment)
        {
            RqExit exit = await RqProcess.RunAsync([url, .. environment], "info");
            exit.Code.ShouldBe(2, exit.Errors);
            exit.ErrorLines.ShouldHaveSingleItem().ShouldContain(told);
            exit.Errors.ShouldNotContain(s_key);
        }
    }
}
