namespace RQ.MicroBench;

/// <summary>The functions that are called.</summary>
public static class Shop
{
    /// <summary>One small argument.</summary>
    public static int Count(int number) => number;

    /// <summary>Several arguments, one of them an object.</summary>
    public static Task<string> Send(string to, Order order, bool isUrgent = false) => Task.FromResult(to);
}

/// <summary>An object with a list.</summary>
public sealed record Order(int Number, string Customer, IReadOnlyList<string> Items);
