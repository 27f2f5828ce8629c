namespace RQ.Functions;

/// <summary>The durations that a <see cref="JobAttribute"/> sets, in seconds: an attribute's properties cannot be <c>null</c>.</summary>
internal sealed class JobDefaults
{
    public int? Timeout { get; set; }

    public int? ResultTtl { get; set; }

    public int? FailureTtl { get; set; }

    public int? Ttl { get; set; }

    public Isolation? Isolation { get; set; }

    /// <summary>The options of a call: its own, and under them those of its method's attribute.</summary>
    /// <exception cref="ArgumentException">The attribute says what cannot be.</exception>
    public static JobOptions Merge(JobAttribute method, JobOptions? call)
    {
        call ??= new JobOptions();
        JobDefaults defaults = method.Defaults;
        return call with
        {
            Timeout = call.Timeout ?? Span(defaults.Timeout),
            ResultTtl = call.ResultTtl ?? Span(defaults.ResultTtl),
            FailureTtl = call.FailureTtl ?? Span(defaults.FailureTtl),
            Ttl = call.Ttl ?? Span(defaults.Ttl),
            Description = call.Description ?? method.Description,
            AtFront = call.AtFront || method.AtFront,
            Retry = call.Retry ?? RetryOf(method),
            OnSuccess = call.OnSuccess ?? CallbackOf(method.OnSuccess),
            OnFailure = call.OnFailure ?? CallbackOf(method.OnFailure),
            OnStopped = call.OnStopped ?? CallbackOf(method.OnStopped),
        };
    }

    private static TimeSpan? Span(int? seconds) => seconds switch
    {
        null => null,
        -1 => System.Threading.Timeout.InfiniteTimeSpan,
        { } known => TimeSpan.FromSeconds(known),
    };

    private static Retry? RetryOf(JobAttribute method) => method.MaxRetries == 0
        ? null
        : new Retry(method.MaxRetries, [.. method.RetryIntervalsSeconds.Select(seconds => TimeSpan.FromSeconds(seconds))]);

    private static Callback? CallbackOf(string? function) => function is null ? null : Callback.To(function);
}
