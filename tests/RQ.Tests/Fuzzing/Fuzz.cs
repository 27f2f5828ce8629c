using System.Collections.Concurrent;
using System.Globalization;
using RQ.Tests.Serialization;
using Shouldly;

namespace RQ.Tests.Fuzzing;

/// <summary>
/// Gives damaged input to a reader: whatever the bytes are, the reader ends soon and takes little memory, with a value or with one of the exceptions
/// that its callers expect. Each input follows from its number alone. <c>RQ_TEST_FUZZ_TIMES</c> makes it so many times as much input (default 1);
/// a failure names the number and shows the input.
/// </summary>
internal static class Fuzz
{
    private const int Batch = 250;
    private const long MostBytes = 64 * 1024 * 1024;
    private const int BytesPerByte = 64;
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(400);
    private static readonly long s_times = long.Parse(Environment.GetEnvironmentVariable("RQ_TEST_FUZZ_TIMES") ?? "1", CultureInfo.InvariantCulture);

    /// <param name="seeds">What is damaged.</param>
    /// <param name="count">How much input there is in an ordinary run.</param>
    /// <param name="read">Reads.</param>
    /// <param name="refusals">The exceptions with which it may refuse; none for a reader that must take everything.</param>
    public static void Run(IReadOnlyList<byte[]> seeds, int count, Action<byte[]> read, params Type[] refusals)
    {
        foreach (byte[] seed in seeds)
            read(seed);
        long all = count * s_times, readWell = 0;
        var wrong = new ConcurrentQueue<string>();
        // No more than there are processors: it would take the whole pool from the tests beside it.
        var processors = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, (all + Batch - 1) / Batch, processors, batch =>
        {
            for (long number = batch * Batch; number < Math.Min(all, (batch + 1) * Batch) && wrong.IsEmpty; number++)
            {
                byte[] input = Damage.Of(seeds, number);
                if (Try(() => read(input), input.Length, refusals, out bool isRead) is { } trouble)
                    wrong.Enqueue($"Number {number}: {trouble}\n{Convert.ToHexStringLower(input)}");
                if (isRead)
                    Interlocked.Increment(ref readWell);
            }
        });
        wrong.ShouldBeEmpty();
        // Neither all whole nor all ruined, else this would say little.
        ((double)readWell / all).ShouldBeInRange(refusals.Length > 0 ? 0.01 : 1, refusals.Length > 0 ? 0.97 : 1);
    }

    private static string? Try(Action read, int length, Type[] refusals, out bool isRead)
    {
        isRead = false;
        try
        {
            long before = GC.GetAllocatedBytesForCurrentThread(), started = Environment.TickCount64;
            isRead = Read(read, refusals);
            if (GC.GetAllocatedBytesForCurrentThread() - before is var bytes && bytes > MostBytes + (BytesPerByte * (long)length))
                return $"It took {bytes} bytes of memory.";
            if (Environment.TickCount64 - started <= s_soon.TotalMilliseconds)
                return null;
            // It was slow, or the machine was: then it is not every time.
            TimeSpan best = ThreadCost.LeastOf(() => Read(read, refusals), s_soon).Processor;
            return best <= s_soon ? null : $"It took {best.TotalMilliseconds} ms.";
        }
        catch (Exception exception)
        {
            return exception.ToString();
        }
    }

    private static bool Read(Action read, Type[] refusals)
    {
        try
        {
            read();
            return true;
        }
        catch (Exception exception) when (Array.Exists(refusals, type => type.IsInstanceOfType(exception)))
        {
            return false;
        }
    }
}
