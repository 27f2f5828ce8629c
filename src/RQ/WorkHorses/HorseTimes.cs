using RQ.Jobs;
using RQ.Redis;

namespace RQ.WorkHorses;

/// <summary>How long a work horse may take for an execution before it is killed.</summary>
internal static class HorseTimes
{
    /// <summary>For what follows the function, beside callbacks: writing the result. Also for what comes before it: binding the arguments.</summary>
    private static readonly TimeSpan s_around = TimeSpan.FromSeconds(30);

    /// <summary>Until the function is called, and for it.</summary>
    public static TimeSpan ToBegin(JobHash job, WorkerOptions options) =>
        ToRun(job, options) is var run && run == Timeout.InfiniteTimeSpan ? run : run + s_around;

    /// <summary>For the function: its limit, and the time to heed that.</summary>
    public static TimeSpan ToRun(JobHash job, WorkerOptions options) =>
        job.Timeout is > 0 and var seconds ? RqTime.FromSeconds(seconds) + options.TimeoutGrace : Timeout.InfiniteTimeSpan;

    /// <summary>For the callbacks and handlers, each with its own limit.</summary>
    public static TimeSpan ToConclude(JobHash job, WorkerOptions options)
    {
        TimeSpan time = s_around + options.TimeoutGrace, longest = WorkerOptions.LongestWait / 4;
        foreach (CallbackName? callback in new[] { job.SuccessCallback, job.FailureCallback, job.StoppedCallback })
        {
            if (callback is not null)
                time += (callback.Timeout < longest ? callback.Timeout : longest) + options.TimeoutGrace;
        }

        return time + options.ExceptionHandlers.Count * (Callback.DefaultTimeout + options.TimeoutGrace);
    }
}
