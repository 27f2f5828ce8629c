namespace RQ.Conformance.Samples.Moving;

/// <summary>A function that has moved here from <c>my_module.py</c>.</summary>
public static class Words
{
    [Job("my_module.count_words")]
    public static int CountWords(string url) => url.Split('/')[^1].Split('-').Length;
}

public static class Producer
{
    public static Task<Job<int>> ProduceAsync(Queue queue, string url) => queue.EnqueueAsync(() => Words.CountWords(url));
}

/// <summary>Functions with several names, and with none of their own.</summary>
public static class Shop
{
    [Job("orders.total", Aliases = ["shop.tasks.total"])]
    public static decimal Total(decimal unitPrice, int count) => unitPrice * count;

    public static string Greet(string name) => "Hello, " + name;
}
