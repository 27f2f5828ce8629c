namespace RQ;

/// <summary>
/// How a hosted worker works. Read from the section <c>Rq:Worker</c> of the configuration, which holds for all workers of the host,
/// then from <c>Rq:Workers:{name}</c>, then changed by what <c>AddWorker</c> is given; checked when the host starts. Services
/// and loggers are the host's unless set, and <see cref="WorkerOptions.ShutdownGrace"/> is shortened when the host would not wait as long.
/// Unlike elsewhere <see cref="WorkerOptions.WithScheduler"/> is <c>true</c> by default.
/// </summary>
public sealed class RqWorkerOptions : WorkerOptions
{
    /// <summary>The defaults.</summary>
    public RqWorkerOptions() => WithScheduler = true;

    /// <summary>
    /// The queues it serves, the most important first. Default: those named by <c>AddQueue</c>, in that order, or else <c>"default"</c>.
    /// </summary>
    public IList<string> Queues { get; set; } = [];

    /// <summary>
    /// Whether the host is stopped when the worker ends by itself: a burst worker that is done, one that has reached its limit, one
    /// that got the shutdown command. Default: <c>false</c>. A worker that fails is treated like any <c>BackgroundService</c>, see
    /// <c>HostOptions.BackgroundServiceExceptionBehavior</c>, which stops the host by default.
    /// </summary>
    public bool StopHostWhenDone { get; set; }
}
