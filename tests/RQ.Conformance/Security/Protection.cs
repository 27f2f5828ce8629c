using RQ.TestSupport;

namespace RQ.Conformance.Security;

/// <summary>Worlds whose jobs are signed or encrypted.</summary>
internal static class Protection
{
    public static readonly string Key = KeyRing.NewKey();

    public static KeyRing Ring { get; } = new($"2026-11:{Key}");

    public static JobSerializer Signed { get; } = JobSerializer.Pickle.WithSigning(Ring);

    public static JobSerializer Encrypted { get; } = JobSerializer.Pickle.WithEncryption(Ring);

    public static IEnumerable<JobSerializer> Both => [Signed, Encrypted];

    public static async Task<TestWorld> CreateAsync(Backend backend, JobSerializer serializer)
    {
        TestWorld world = await TestWorld.CreateAsync(backend, options => options.Serializer = serializer);
        world.Functions.AddAssemblyOf<ProtectedJobTests>();
        return world;
    }

    /// <summary>Another connection to the same place, as of another process.</summary>
    public static Task<RqConnection> ConnectAsync(TestWorld world, JobSerializer serializer) => RqConnection.ConnectAsync(
        world.Rq.Multiplexer, new RqConnectionOptions { KeyPrefix = world.Rq.KeyPrefix, Serializer = serializer });
}

/// <summary>Jobs that hold a secret in all that a job can have.</summary>
public static class SecretJobs
{
    public const string Argument = "argument-7f3a", Meta = "meta-7f3a", Result = "result-7f3a", Failure = "failure-7f3a", Progress = "progress-7f3a", LogLine = "log-line-7f3a",
        HandedOver = "handed-over-7f3a";

    public static readonly string[] All = [Argument, Meta, Result, Failure, Progress, LogLine, HandedOver];

    public static string Work(string argument, JobContext context)
    {
        context.Progress(0.5, Progress);
        context.Log(LogLine);
        return argument == Argument ? Result : throw new ArgumentException("it came as something else");
    }

    public static void Fail(string argument, JobContext context)
    {
        context.Log(LogLine);
        throw new InvalidOperationException($"{Failure}: {argument}");
    }

    public static string HandOver() => HandedOver;

    public static void Told(Job job, string result) => TestJobs.Note(job.Id, result);

    public static void Counted(string key) => TestJobs.CountRun(key);

    public static void ToldOfFailure(Job job) => TestJobs.CountRun($"failed-{job.Id}");
}
