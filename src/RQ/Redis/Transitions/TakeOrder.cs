namespace RQ.Redis.Transitions;

/// <summary>In which order one take looks at the queues, and how much it takes from each.</summary>
/// <param name="Queues">The queues, the first one first.</param>
/// <param name="Quotas">
/// Per queue, in the same order: how many jobs a round takes at most. The take goes round as long as slots are free; from the second
/// round on a quota of 0 counts as 1. Empty for no limit.
/// </param>
internal sealed record TakeOrder(IReadOnlyList<string> Queues, IReadOnlyList<int> Quotas)
{
    /// <summary>As many as fit from the first queue, then from the next.</summary>
    public static TakeOrder Strict(IReadOnlyList<string> queues) => new(queues, []);

    /// <summary>The same without some queues.</summary>
    public TakeOrder Without(IReadOnlySet<string> leftOut)
    {
        if (leftOut.Count == 0)
            return this;
        int[] kept = [.. Enumerable.Range(0, Queues.Count).Where(i => !leftOut.Contains(Queues[i]))];
        return new TakeOrder([.. kept.Select(i => Queues[i])], Quotas.Count == 0 ? [] : [.. kept.Select(i => Quotas[i])]);
    }
}
