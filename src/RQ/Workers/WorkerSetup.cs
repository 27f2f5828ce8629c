using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RQ.Diagnostics;
using RQ.Executions;
using RQ.Jobs;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Webhooks;

namespace RQ.Workers;

/// <summary>What all parts of one worker share, fixed at its start.</summary>
internal sealed class WorkerSetup
{
    /// <param name="connection">Where its queues are.</param>
    /// <param name="name">Its name.</param>
    /// <param name="queues">Its queues, the first one first.</param>
    /// <param name="options">Frozen.</param>
    /// <param name="log">Where it tells what it does.</param>
    public WorkerSetup(RqConnection connection, string name, IReadOnlyList<string> queues, WorkerOptions options, ILogger log)
    {
        Connection = connection;
        Name = name;
        Queues = queues;
        Options = options;
        Log = log is NullLogger ? log : new SafeLogger(log);
        Pulse = new WorkerPulse(connection.TimeProvider);
        Webhooks = new WebhookSender(this);
        Deadlines = new Deadlines(connection.TimeProvider);
    }

    public RqConnection Connection { get; }

    /// <summary>Sends the calls of the worker's loop, whose order counts.</summary>
    public IScriptCaller Calls => Link;

    /// <summary>The connection for those calls. A worker opens it; until then they go over the shared one.</summary>
    public PipelinedConnection Link => field ??= new PipelinedConnection(Connection, $"{Name}-calls", [Take.Script, Finish.Script, Fail.Script, GiveBack.Script]);

    public string Name { get; }

    public IReadOnlyList<string> Queues { get; }

    public WorkerOptions Options { get; }

    /// <summary>What it throws is swallowed: a broken logger must neither fail a job nor lose one.</summary>
    public ILogger Log { get; }

    /// <summary>Tells this run from others that have, or have taken, the same name.</summary>
    public string Incarnation { get; } = Guid.NewGuid().ToString("N", System.Globalization.CultureInfo.InvariantCulture)[..16];

    /// <summary>When the worker last showed that it works.</summary>
    public WorkerPulse Pulse { get; }

    /// <summary>Sends the webhooks of jobs that this worker has stored the end of.</summary>
    public WebhookSender Webhooks { get; }

    /// <summary>Keeps the time limits of what runs.</summary>
    public Deadlines Deadlines { get; }

    /// <summary>What runs tell the worker, when this process is its work horse; <c>null</c> when it is the worker.</summary>
    public IRunReports? Reports { get; init; }

    public TimeProvider Time => Connection.TimeProvider;

    /// <summary>
    /// Whether this callback or webhook of the job is what its producer has asked for (<see cref="Serialization.SerializerSet.VouchesFor"/>). One that may be anybody's is left out, which
    /// is logged.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="what">What is about to be called or sent.</param>
    public bool Vouches(JobHash job, string what)
    {
        if (Connection.Serializers.VouchesFor(job))
            return true;
        Diagnostics.Log.NotVouchedFor(Log, Name, job.Id, what);
        return false;
    }

    /// <summary>A scope of the worker's services for one run; <c>null</c> when it has none, or they have no scopes.</summary>
    public AsyncServiceScope? NewScope() => Options.Services?.GetService<IServiceScopeFactory>()?.CreateAsyncScope();

    /// <summary>Calls code of the user's with the services of a scope of its own; <c>null</c> when the worker has no services.</summary>
    public async Task<T> InScopeAsync<T>(Func<IServiceProvider?, Task<T>> call)
    {
        AsyncServiceScope? scope = NewScope();
        try
        {
            return await call(scope?.ServiceProvider ?? Options.Services).ConfigureAwait(false);
        }
        finally
        {
            if (scope is { } made)
                await made.DisposeAsync().ConfigureAwait(false);
        }
    }
}
