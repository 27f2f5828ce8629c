using System.Collections.Concurrent;
using System.Globalization;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>
/// Pickles that were damaged in some way, or of a strange structure: what comes out is data or a <see cref="PickleException"/>, soon and in little memory. How many are tried says
/// the environment variable RQ_TEST_FUZZ; each is made from its number alone.
/// </summary>
public sealed class PickleFuzzTests
{
    private const int DefaultCount = 1_000_000;
    private const int Batch = 500;
    private const int Structured = 100;
    private const long MaxBytes = 64_000_000;
    private const int BytesPerByte = 64;
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(400);

    private static readonly byte[][] Seeds = [.. PickleGolden.All.Select(golden => golden.Pickle)];

    [Fact]
    public void Damaged_pickles_are_data_or_refused_soon_and_in_little_memory()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("RQ_TEST_FUZZ"), CultureInfo.InvariantCulture, out var asked) ? asked : DefaultCount;
        var wrong = new ConcurrentQueue<string>();
        var read = 0;
        // No more than there are processors: it would take the whole pool from the tests beside it.
        var processors = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, (count + Batch - 1) / Batch, processors, batch =>
        {
            for (var number = batch * Batch; number < Math.Min(count, (batch + 1) * Batch) && wrong.IsEmpty; number++)
            {
                var pickle = Pickle(number);
                if (Try(pickle, out var isData) is { } trouble)
                {
                    wrong.Enqueue($"Number {number}: {trouble}\n{Convert.ToHexStringLower(pickle)}");
                }
                if (isData)
                {
                    Interlocked.Increment(ref read);
                }
            }
        });
        wrong.ShouldBeEmpty();
        // Neither all whole nor all ruined, else this would say little.
        ((double)read / count).ShouldBeInRange(0.02, 0.7);
    }

    private static byte[] Pickle(int number) => (number % (2 * Structured)) switch
    {
        0 => PickleStructure.Of(Seeds, number),
        Structured => PickleDamage.Of([PickleStructure.Of(Seeds, number)], number),
        _ => PickleDamage.Of(Seeds, number),
    };

    private static string? Try(byte[] pickle, out bool isData)
    {
        isData = false;
        try
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var started = Environment.TickCount64;
            isData = Read(pickle);
            if (GC.GetAllocatedBytesForCurrentThread() - before is var bytes && bytes > MaxBytes + (BytesPerByte * pickle.Length))
            {
                return $"It took {bytes} bytes of memory.";
            }
            return Environment.TickCount64 - started <= Soon.TotalMilliseconds ? null : Slow(pickle);
        }
        catch (Exception exception)
        {
            return exception.ToString();
        }
    }

    // It was slow, or the machine was: then it is not every time.
    private static string? Slow(byte[] pickle)
    {
        var best = ThreadCost.LeastOf(() => Read(pickle), Soon).Processor;
        return best <= Soon ? null : $"It took {best.TotalMilliseconds} ms.";
    }

    private static bool Read(byte[] pickle)
    {
        try
        {
            PickleReader.Read(pickle);
            return true;
        }
        catch (PickleException)
        {
            return false;
        }
    }
}
