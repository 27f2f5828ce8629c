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

    /// <inheritdoc cref="Of(IReadOnlyList{JobRequest})"/>
    /// <param name="count">How many jobs there are.</param>
    /// <param name="idOf">The id of a job; <c>null</c> for one that is not named.</param>
    /// <param name="parentsOf">What a job waits for; <c>null</c> for nothing.</param>
    internal static int[] Of(int count, Func<int, string?> idOf, Func<int, IEnumerable<JobReference>?> parentsOf)
    {
        var byId = new Dictionary<string, int>();
        bool depends = false;
        for (int i = 0; i < count; i++)
        {
            depends |= parentsOf(i) is not null;
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
            if (state[start] == State.Done)
                return;
            var path = new Stack<(int At, IEnumerator<JobReference> Parents)>();
            Enter(start);
            while (path.TryPeek(out (int At, IEnumerator<JobReference> Parents) top))
            {
                if (OpenParent(top.At, top.Parents) is { } parent)
                {
                    Enter(parent);
                    continue;
                }

                state[top.At] = State.Done;
                order[next++] = top.At;
                path.Pop();
            }

            void Enter(int at)
            {
                state[at] = State.OnPath;
                path.Push((at, (parentsOf(at) ?? []).GetEnumerator()));
            }
        }

        // Goes on where the last look ended: those before are done, and a job may wait for all others.
        int? OpenParent(int at, IEnumerator<JobReference> parents)
        {
            while (parents.MoveNext())
            {
                if (!byId.TryGetValue(parents.Current.Id, out int index) || state[index] == State.Done)
                    continue;
                return state[index] == State.OnPath ? throw new DependencyCycleException(idOf(at) ?? "?", parents.Current.Id) : index;
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
