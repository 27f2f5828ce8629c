namespace RQ.Queues;

/// <summary>
/// Remembers the last shape of a queue's jobs: programs enqueue many in a row with the same options, which then are checked and written
/// out once, also when each call makes its options anew.
/// </summary>
internal sealed class JobShapes
{
    private volatile Known? _last;

    /// <exception cref="ArgumentException">An option cannot be.</exception>
    public JobShape Of(JobHome home, JobAttribute? method, JobOptions? given)
    {
        Known? last = _last;
        if (last is not null && ReferenceEquals(last.Method, method) && (ReferenceEquals(last.Given, given) || (given is not null && given.Equals(last.Given))))
            return last.Shape;
        JobShape shape = JobShape.Of(home, JobShape.OptionsOf(method, given));
        if (IsFixed(shape.Options))
            _last = new Known(method, given, shape);
        return shape;
    }

    // Lists may change from call to call, although the options that hold them stay the same.
    private static bool IsFixed(JobOptions options) =>
        options is { Meta: null, DependsOn: null, Webhooks: null, Repeat: null, Callback: null, Retry: null or { OnlyOn: Type[] { Length: 0 }, NeverOn: Type[] { Length: 0 } } };

    private sealed record Known(JobAttribute? Method, JobOptions? Given, JobShape Shape);
}
