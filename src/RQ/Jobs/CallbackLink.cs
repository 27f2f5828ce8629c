using StackExchange.Redis;

namespace RQ.Jobs;

/// <summary>Which end of a job a callback waits for.</summary>
internal enum CallbackEvent
{
    Success,
    Failure,
    Stopped,
}

/// <summary>What makes a job a callback: whose it is, and for which end. What becomes of one that waits is said by callbacks.lua.</summary>
/// <param name="JobId">The job that it is called for.</param>
/// <param name="On">The end that it is called for.</param>
/// <param name="Tie">
/// For which run of the job it waits, <see cref="ToExecution"/> or <see cref="ToEnqueue"/>, with <c>end:</c> in front once that end has
/// come; <c>null</c> when it never waited.
/// </param>
internal sealed record CallbackLink(string JobId, CallbackEvent On, string? Tie = null)
{
    /// <summary>It is called for how this one execution ends.</summary>
    public static string ToExecution(string executionId) => $"execution:{executionId}";

    /// <summary>It is called for how the job ends that was enqueued together with it: an id may be enqueued again.</summary>
    /// <param name="token">The job's <see cref="JobFields.EnqueueToken"/>; empty for none.</param>
    public static string ToEnqueue(string token) => $"enqueue:{token}";

    private const string Come = "end:";

    /// <summary>Whether the end that it is called for has come. If not, it was released by Python, which looks only at whether there is an end.</summary>
    public bool HasCome => Tie is null || Tie.StartsWith(Come, StringComparison.Ordinal);

    /// <summary>The same callback, waiting.</summary>
    public CallbackLink Waiting => HasCome ? this with { Tie = Tie?[Come.Length..] } : this;

    /// <summary>Whether it is called for this life of its job.</summary>
    public bool IsFor(Job job) => Tie is null || Waiting.Tie == ToEnqueue(job.EnqueueToken ?? "");

    /// <summary>What a job's hash says; <c>null</c> when it is no callback.</summary>
    public static CallbackLink? Read(JobHash job)
    {
        if (job.Text(JobFields.CallbackOf) is not { } of)
            return null;
        string? tie = job.Text(JobFields.CallbackTie);
        return job.Text(JobFields.CallbackOn) switch
        {
            "success" => new CallbackLink(of, CallbackEvent.Success, tie),
            "failure" => new CallbackLink(of, CallbackEvent.Failure, tie),
            "stopped" => new CallbackLink(of, CallbackEvent.Stopped, tie),
            _ => null,
        };
    }

    public void Write(Action<string, RedisValue> set)
    {
        set(JobFields.CallbackOf, JobId);
        set(JobFields.CallbackOn, On.ToText());
        if (Tie is not null)
            set(JobFields.CallbackTie, Tie);
    }

    /// <summary>For people.</summary>
    public string Describe(string function) => $"{function}, the {On.ToText()} callback of job {JobId}";
}

/// <summary>The texts of <see cref="CallbackEvent"/> in Redis.</summary>
internal static class CallbackEventText
{
    public static string ToText(this CallbackEvent on) => on switch
    {
        CallbackEvent.Success => "success",
        CallbackEvent.Failure => "failure",
        _ => "stopped",
    };
}
