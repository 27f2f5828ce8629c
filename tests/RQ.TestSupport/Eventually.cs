namespace RQ.TestSupport;

/// <summary>Waits for what cannot be awaited: the state of another process or of the server.</summary>
public static class Eventually
{
    /// <summary>Long, because the machine may be busy; a test that passes does not wait for it.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static Task BecomesAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null) =>
        GivesAsync(async () => await condition() ? what : null, what, limit);

    public static Task BecomesAsync(Func<bool> condition, string what, TimeSpan? limit = null) =>
        BecomesAsync(() => Task.FromResult(condition()), what, limit);

    /// <summary>Asks until the answer is not null.</summary>
    public static async Task<T> GivesAsync<T>(Func<Task<T?>> question, string what, TimeSpan? limit = null)
        where T : class
    {
        using var over = new CancellationTokenSource(limit ?? Limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        try
        {
            while (true)
            {
                if (await question() is { } answer)
                    return answer;
                await timer.WaitForNextTickAsync(over.Token);
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Within {limit ?? Limit} it did not come true that {what}.");
        }
    }
}
