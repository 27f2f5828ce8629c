using StackExchange.Redis;

namespace RQ.Jobs;

/// <summary>Which end of a job a callback waits for.</summary>
internal enum CallbackEvent
{
    Success,
    Failure,
    Stopped,
}

/// <summary>What makes a job a callback: whose it is, and for which end.</summary>
/// <param name="JobId">The job that it is called for.</param>
/// <param name="On">The end that it is called for.</param>
internal sealed record CallbackLink(string JobId, CallbackEvent On)
{
    /// <summary>What a job's hash says; <c>null</c> when it is no callback.</summary>
    public static CallbackLink? Read(JobHash job)
    {
        if (job.Text(JobFields.CallbackOf) is not { } of)
            return null;
        return job.Text(JobFields.CallbackOn) switch
        {
            "success" => new CallbackLink(of, CallbackEvent.Success),
            "failure" => new CallbackLink(of, CallbackEvent.Failure),
            "stopped" => new CallbackLink(of, CallbackEvent.Stopped),
            _ => null,
        };
    }

    public void Write(Action<string, RedisValue> set)
    {
        set(JobFields.CallbackOf, JobId);
        set(JobFields.CallbackOn, On.ToText());
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
