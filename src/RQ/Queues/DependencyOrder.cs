namespace RQ.Queues;

/// <summary>The order in which the jobs of one call are enqueued: as given, but after those of the same call that they wait for.</summary>
internal static class DependencyOrder
{
    /// <returns>Indexes into the requests.</returns>
    /// <exception cref="ArgumentException">Two have the same id.</exception>
    /// <exception cref="DependencyCycleException">Some wait for each other.</exception>
    public static int[] Of(IReadOnlyList<JobRequest> requests)
    {
        bool named = false;
        foreach (JobRequest request in requests)
        {
            ArgumentNullException.ThrowIfNull(request);
            named |= request.Options?.Id is not null;
        }

        return named ? Of(requests.Count, index => requests[index].Options?.Id, index => requests[index].Options?.DependsOn) : AsGiven(requests.Count);
    }

    /// <inheritdoc cref="Of(IReadOnlyList{JobRequest})"/>
    public static int[] Of(IReadOnlyList<NewJob> jobs) => Of(jobs.Count, index => jobs[index].Item.Id, index => jobs[index].Item.Options.DependsOn);

    private static int[] AsGiven(int count)
    {
        var order = new int[count];
        for (int i = 0; i < count; i++)
            order[i] = i;
        return order;
    }

    private static int[] Of(int count, Func<int, string?> idOf, Func<int, Dependency?> dependencyOf)
    {
        var byId = new Dictionary<string, int>();
        bool depends = false;
        for (int i = 0; i < count; i++)
        {
            depends |= dependencyOf(i) is not null;
            if (idOf(i) is { } id && !byId.TryAdd(id, i))
                throw new ArgumentException($"The id '{id}' is given to two jobs of one call. Give each its own, or enqueue them one after the other.");
        }

        int[] order = AsGiven(count);
        if (!depends)
            return order;
        var state = new State[count];
        int next = 0;
        for (int i = 0; i < count; i++)
            Visit(i);
        return order;

        // Not by recursion: a chain may be as long as the call.
        void Visit(int start)
        {
            var path = new Stack<int>([start]);
            while (path.TryPeek(out int at))
            {
                if (state[at] == State.Done)
                {
                    path.Pop();
                    continue;
                }

                state[at] = State.OnPath;
                if (OpenDependency(at) is { } first)
                {
                    path.Push(first);
                    continue;
                }

                state[at] = State.Done;
                order[next++] = at;
                path.Pop();
            }
        }

        int? OpenDependency(int at)
        {
            foreach (JobReference parent in dependencyOf(at) ?? Enumerable.Empty<JobReference>())
            {
                if (!byId.TryGetValue(parent.Id, out int index) || state[index] == State.Done)
                    continue;
                return state[index] == State.OnPath ? throw new DependencyCycleException(idOf(at) ?? "?", parent.Id) : index;
            }

            return null;
        }
    }

    private enum State
    {
        Open,
        OnPath,
        Done,
    }
}
