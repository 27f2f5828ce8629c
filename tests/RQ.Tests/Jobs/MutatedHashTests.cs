using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using RQ.Executions;
using RQ.Jobs;
using RQ.Redis;
using RQ.Serialization;
using RQ.Tests.Serialization;
using RQ.Webhooks;
using RQ.WorkHorses;
using Shouldly;
using Xunit;

namespace RQ.Tests.Jobs;

/// <summary>
/// Whatever a job's hash holds, reading it ends soon, with a value or with an error that the worker expects. The number of hashes is
/// <c>RQ_TEST_FUZZ_HASHES</c>, by default 1,000,000, which take about 40 s on two cores; a failure names the seed, which makes the same hash again.
/// </summary>
public class MutatedHashTests
{
    private const long Slow = 400, Large = 64 * 1024 * 1024;

    private static readonly Type[] s_types =
    [
        typeof(int), typeof(string), typeof(double), typeof(decimal), typeof(DateTimeOffset), typeof(DateTime), typeof(TimeSpan), typeof(Guid), typeof(byte[]), typeof(BigInteger), typeof(DayOfWeek?), typeof(List<int>), typeof((int, string)),
        typeof(Dictionary<string, object?>), typeof(Dictionary<int, decimal>), typeof(Item), typeof(List<Item>), typeof(JsonElement), typeof(object[]), typeof(HashSet<string>),
        typeof(DataBinderWrapperTests.Folder), typeof(DataBinderWrapperTests.Tree), typeof(DataBinderWrapperTests.Steps), typeof(DataBinderWrapperTests.Nested), typeof(DataBinderWrapperTests.Outer), typeof(DataBinderWrapperTests.Sizes), typeof(DataBinderWrapperTests.Left),
        typeof(DataBinderObjectTests.Node), typeof(DataBinderObjectTests.Extended), typeof(DataBinderObjectTests.Attributed), typeof(DataBinderObjectTests.Shape), typeof(DataBinderConverterTests.Outer), typeof(AttributeTargets), typeof(int[,]), typeof(byte[,,]), typeof(JsonNode), typeof(IList<object>),
    ];

    private static readonly WorkerOptions s_options = new();
    private static readonly MutatedHashes s_hashes = new();

    [Fact]
    public void Hashes_as_they_are_written_are_read_without_an_error()
    {
        s_hashes.Count.ShouldBeGreaterThan(50);
        for (int i = 0; i < s_hashes.Count; i++)
            ReadHeader(s_hashes.Whole(i));
    }

    [Fact]
    public void Damaged_hashes_are_read_or_refused_and_soon()
    {
        long count = long.Parse(Environment.GetEnvironmentVariable("RQ_TEST_FUZZ_HASHES") ?? "1000000", CultureInfo.InvariantCulture);
        long read = 0, refused = 0;
        var bad = new ConcurrentDictionary<string, string>();
        // No more than there are processors: it would take the whole pool from the tests beside it.
        var processors = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.ForEach(Partitioner.Create(0, count, 10_000), processors, (range, state) =>
        {
            long ours = 0;
            for (long seed = range.Item1; seed < range.Item2 && !state.IsStopped; seed++)
            {
                JobHash hash = s_hashes.Mutated(seed);
                try
                {
                    ours += Measured(() => ReadAll(hash, seed));
                }
                catch (Exception exception)
                {
                    bad.TryAdd($"{exception.GetType()} {exception.StackTrace?.Split('\n')[0]}", $"seed {seed}: {exception}");
                    if (bad.Count >= 10)
                        state.Stop();
                }
            }

            Interlocked.Add(ref refused, ours);
            Interlocked.Add(ref read, range.Item2 - range.Item1);
        });
        bad.Values.ShouldBeEmpty();
        read.ShouldBe(count);
        refused.ShouldBeInRange(count / 100, count * 10);
    }

    /// <summary>A read that takes long is made again: the machine may have been busy.</summary>
    private static int Measured(Func<int> read)
    {
        long best = long.MaxValue, bytes = 0;
        int refused = 0;
        for (int attempt = 0; attempt < 10 && best > Slow; attempt++)
        {
            bytes = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp(), worked = attempt == 0 ? 0 : Worked();
            refused = read();
            long took = (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            best = Math.Min(best, attempt == 0 || worked < 0 ? took : Worked() - worked);
            bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        }

        return best <= Slow && bytes < Large ? refused : throw new InvalidDataException($"It took {best} ms and {bytes} bytes.");
    }

    /// <summary>For how many milliseconds a processor has worked for this thread; −1 where the system does not tell.</summary>
    private static long Worked()
    {
        const string Source = "/proc/thread-self/schedstat";
        return File.Exists(Source) ? long.Parse(File.ReadAllText(Source).Split(' ')[0], CultureInfo.InvariantCulture) / 1_000_000 : -1;
    }

    private static int ReadAll(JobHash hash, long seed)
    {
        ReadHeader(hash);
        ReadDecisions(hash);
        return ReadCall(hash, seed) + ReadMeta(hash);
    }

    /// <summary>What is shown of a job is read whatever it is.</summary>
    private static void ReadHeader(JobHash hash)
    {
        var job = new Job(null, hash);
        GC.KeepAlive((job.Id, job.Origin, job.Status, job.Description, job.CreatedAt, job.EnqueuedAt, job.StartedAt, job.EndedAt, job.LastHeartbeat, job.WorkerName));
        GC.KeepAlive((job.Timeout, job.ResultTtl, job.FailureTtl, job.RetriesLeft, job.Ttl, job.RetryIntervals, job.NumberOfRetries, job.Group, job.RateLimit, job.Attempts));
        GC.KeepAlive((job.OnSuccess, job.OnFailure, job.OnStopped, job.AllowsDependencyFailures, job.CronName, job.CronTime, job.Progress, job.RepeatsLeft, job.RepeatUntil, job.RepeatIntervals, job.ToString()));
        // Expressions and messages of assertions cost more than the reading.
        if (job.DependencyIds.Any(id => id is null) || job.Webhooks.Any(webhook => webhook.Headers.Values.Any(value => value is null)))
            throw new InvalidDataException("A list holds null.");
        GC.KeepAlive((hash.UnknownSince, hash.HasDependencies, hash.RepeatsForever, hash.Recoveries));
        foreach (string field in new[] { JobFields.Progress, JobFields.CreatedAt, JobFields.Due, JobFields.Description })
        {
            string? text = hash.Text(field);
            GC.KeepAlive((LogLineText.Read(text), RqTime.ParseTimestamp(text), RqTime.ParseUnix(text), RqTime.Until(text, 1_795_602_890_727_000)));
        }
    }

    /// <summary>What a worker decides by the hash.</summary>
    private static void ReadDecisions(JobHash hash)
    {
        var failure = new Failure("failed", new IOException("disk"));
        GC.KeepAlive((RetryPolicy.AfterFailure(hash, failure), RetryPolicy.AfterReturnedRetry(hash, new Retry(3)), RetryPolicy.AfterWorkerDeath(hash, failure), RepeatPolicy.AfterSuccess(hash)));
        GC.KeepAlive((HorseTimes.ToBegin(hash, s_options), HorseTimes.ToRun(hash, s_options), HorseTimes.ToConclude(hash, s_options)));
        using JsonDocument body = JsonDocument.Parse(WebhookBody.Write(null, hash, JobStatus.Finished, DateTimeOffset.UnixEpoch, null));
        using var stream = new MemoryStream();
        hash.Write(new BinaryWriter(stream));
        stream.Position = 0;
        JobHash again = JobHash.Read(hash.Id, new BinaryReader(stream));
        if (!((byte[]?)again.Data ?? []).AsSpan().SequenceEqual((byte[]?)hash.Data ?? []))
            throw new InvalidDataException("The hash was changed on its way to another process.");
    }

    private static int ReadCall(JobHash hash, long seed)
    {
        try
        {
            CallData call = CallData.Read((byte[]?)hash.Data, null);
            int refused = 0;
            foreach (object? argument in call.Arguments.Concat(call.KeywordArguments.Values).Take(20))
                refused += Bound(argument, s_types[(int)(seed++ % s_types.Length)]);
            GC.KeepAlive(CallText.Describe(call.Function, call.Arguments, call.KeywordArguments, CallText.ShownLength));
            return refused;
        }
        catch (RqException)
        {
            return 1;
        }
    }

    private static int Bound(object? data, Type type)
    {
        try
        {
            DataBinder.Bind(data, type);
            return 0;
        }
        catch (DataBindingException)
        {
            return 1;
        }
    }

    private static int ReadMeta(JobHash hash)
    {
        try
        {
            GC.KeepAlive(Job.ReadMeta(null, hash));
            return 0;
        }
        catch (RqException)
        {
            return 1;
        }
    }

    public sealed record Item(string Name, decimal Price = 1);
}
