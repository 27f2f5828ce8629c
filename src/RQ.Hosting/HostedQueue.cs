using Microsoft.Extensions.Options;

namespace RQ;

/// <summary>A queue that can be handed out before the connection is there: only its calls need one, and they await it.</summary>
internal sealed class HostedQueue(string name, RqConnectionSource source, IOptionsMonitor<QueueOptions> options) : IQueue
{
    private volatile Queue? _queue;

    public string Name => name;

    public async Task<Job> EnqueueAsync(JobCall call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        await (await QueueAsync(cancellationToken).ConfigureAwait(false)).EnqueueAsync(call, options, cancellationToken).ConfigureAwait(false);

    public async Task<Job<T>> EnqueueAsync<T>(JobCall call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        await (await QueueAsync(cancellationToken).ConfigureAwait(false)).EnqueueAsync<T>(call, options, cancellationToken).ConfigureAwait(false);

    public async Task<IReadOnlyList<Job>> EnqueueManyAsync(IEnumerable<JobRequest> requests, CancellationToken cancellationToken = default) =>
        await (await QueueAsync(cancellationToken).ConfigureAwait(false)).EnqueueManyAsync(requests, cancellationToken).ConfigureAwait(false);

    public async Task<long> CountAsync(CancellationToken cancellationToken = default) =>
        await (await QueueAsync(cancellationToken).ConfigureAwait(false)).CountAsync(cancellationToken).ConfigureAwait(false);

    public override string ToString() => name;

    private async ValueTask<Queue> QueueAsync(CancellationToken cancellationToken) =>
        _queue ??= new Queue(name, await source.GetAsync(cancellationToken).ConfigureAwait(false), options.Get(name));
}
