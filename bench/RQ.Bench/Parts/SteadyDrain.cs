using System.Diagnostics;

namespace RQ.Bench.Parts;

/// <summary>
/// The rate of workers that run already, wherever they are: the queue is filled while it is paused; then it is looked how many jobs are in the finished
/// registry, and what counts is the time from one tenth to nine tenths. So neither the moment when each worker notices the end of the pause is measured,
/// nor the last jobs, of which there are not enough for all.
/// </summary>
internal sealed class SteadyDrain(ServerInfo server, Workload work)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    public async Task<Measured> MeasureAsync(int jobs)
    {
        await work.Queue.PauseAsync();
        long before = await work.Queue.Finished.CountAsync();
        await work.EnqueueManyAsync(jobs, Workload.Nothing);
        await work.Queue.ResumeAsync();
        return await WatchAsync(before, jobs);
    }

    /// <summary>Looks on while so many jobs finish, until all of them have.</summary>
    /// <param name="before">How many had finished before.</param>
    /// <param name="jobs">How many more will.</param>
    public async Task<Measured> WatchAsync(long before, int jobs)
    {
        await ReachedAsync(before + jobs / 10);
        long begin = 0, end = 0;
        Measured measured = await Measured.OfAsync(server, jobs, async () =>
        {
            // Not what was reached before: some more have finished since, while the clocks were read.
            begin = await work.Queue.Finished.CountAsync();
            end = await ReachedAsync(before + jobs - jobs / 10);
        });
        await ReachedAsync(before + jobs);
        return measured with { Jobs = end - begin };
    }

    /// <summary>Waits until so many jobs have finished.</summary>
    /// <returns>How many have by then.</returns>
    public async Task<long> ReachedAsync(long finished)
    {
        for (long begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < s_limit; await Task.Delay(s_look))
        {
            if (await work.Queue.Finished.CountAsync() is var count && count >= finished)
                return count;
        }

        throw new InvalidOperationException($"Only {await work.Queue.Finished.CountAsync()} of {finished} jobs have finished within {s_limit.TotalMinutes} minutes.");
    }
}
