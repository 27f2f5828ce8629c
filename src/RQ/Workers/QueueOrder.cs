using RQ.Redis.Transitions;

namespace RQ.Workers;

/// <summary>
/// The worker's <see cref="DequeueStrategy"/>: gives the order for each take, and is told from which queue jobs came. A take of many
/// jobs is as fair as many takes of one.
/// </summary>
internal sealed class QueueOrder
{
    private readonly Lock _lock = new();
    private readonly IReadOnlyList<string> _queues;
    private readonly DequeueStrategy _strategy;
    private readonly int[] _weights;
    private readonly Random _random;
    private TakeOrder _current;

    /// <param name="queues">The worker's queues, as they are listed.</param>
    /// <param name="options">The strategy and its weights.</param>
    /// <param name="random">Where chance comes from.</param>
    public QueueOrder(IReadOnlyList<string> queues, WorkerOptions options, Random random)
    {
        _queues = queues;
        _strategy = options.DequeueStrategy;
        _weights = [.. queues.Select(queue => options.QueueWeights.TryGetValue(queue, out int weight) ? weight : 1)];
        _random = random;
        _current = _strategy == DequeueStrategy.Default ? TakeOrder.Strict(queues) : new TakeOrder(queues, [.. queues.Select(_ => 1)]);
        if (_strategy == DequeueStrategy.Random)
            Shuffle();
    }

    /// <summary>Whether the next order follows from the answer to the last take.</summary>
    public bool FollowsAnswers => _strategy == DequeueStrategy.RoundRobin;

    /// <summary>The order for a take of at most so many jobs. May be called from several waits at once.</summary>
    public TakeOrder Next(int most)
    {
        lock (_lock)
            return _strategy == DequeueStrategy.Weighted ? Draw(most) : _current;
    }

    /// <summary>A job came from the queue; of several the last one counts.</summary>
    public void Took(string queue)
    {
        lock (_lock)
        {
            if (_strategy == DequeueStrategy.RoundRobin)
                Rotate(queue);
            else if (_strategy == DequeueStrategy.Random)
                Shuffle();
        }
    }

    private void Rotate(string queue)
    {
        List<string> queues = [.. _current.Queues];
        int next = queues.IndexOf(queue) + 1;
        _current = _current with { Queues = [.. queues[next..], .. queues[..next]] };
    }

    private void Shuffle()
    {
        string[] queues = [.. _current.Queues];
        _random.Shuffle(queues);
        _current = _current with { Queues = queues };
    }

    /// <summary>One draw for each job that may be taken. Queues that were not drawn get their turn when the others are empty.</summary>
    private TakeOrder Draw(int most)
    {
        int[] all = [.. Enumerable.Range(0, _queues.Count)];
        int[] drawn = new int[_queues.Count];
        var order = new List<int>();
        for (int i = 0; i < most; i++)
        {
            int queue = DrawOne(all);
            if (drawn[queue]++ == 0)
                order.Add(queue);
        }

        while (order.Count < _queues.Count)
            order.Add(DrawOne([.. all.Except(order)]));
        return new TakeOrder([.. order.Select(queue => _queues[queue])], [.. order.Select(queue => drawn[queue])]);
    }

    private int DrawOne(int[] queues)
    {
        long ticket = _random.NextInt64(queues.Sum(queue => (long)_weights[queue]));
        foreach (int queue in queues)
        {
            ticket -= _weights[queue];
            if (ticket < 0)
                return queue;
        }

        return queues[^1];
    }
}
