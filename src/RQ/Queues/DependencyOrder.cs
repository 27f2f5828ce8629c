namespace RQ.Queues;

/// <summary>The order in which the jobs of one call are enqueued: as given, but after those of the same call that they wait for.</summary>
internal static class DependencyOrder
{
    /// <returns>Indexes into the requests.</returns>
    /// <exception cref="DependencyCycleException">Some wait for each other.</exception>
    public static int[] Of(IReadOnlyList<JobRequest> requests)
    {
        var order = new int[requests.Count];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        if (!requests.Any(request => request?.Options?.DependsOn is not null) || !requests.Any(request => request?.Options?.Id is not null))
            return order;

        var byId = new Dictionary<string, int>();
        for (int i = 0; i < requests.Count; i++)
        {
            if (requests[i]?.Options?.Id is { } id)
                byId[id] = i;
        }

        var state = new State[requests.Count];
        int next = 0;
        for (int i = 0; i < requests.Count; i++)
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
                int? open = null;
                foreach (JobReference parent in requests[at].Options?.DependsOn ?? Enumerable.Empty<JobReference>())
                {
                    if (!byId.TryGetValue(parent.Id, out int index) || state[index] == State.Done)
                        continue;
                    if (state[index] == State.OnPath)
                        throw new DependencyCycleException(requests[at].Options?.Id ?? "?", parent.Id);
                    open = index;
                    break;
                }

                if (open is { } first)
                {
                    path.Push(first);
                    continue;
                }

                state[at] = State.Done;
                order[next++] = at;
                path.Pop();
            }
        }
    }

    private enum State
    {
        Open,
        OnPath,
        Done,
    }
}
