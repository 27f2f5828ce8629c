using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>Python calls functions of ours by name.</summary>
public class CallTests
{
    [Theory, InlineData(false), InlineData(true)]
    public async Task Arguments_come_by_position_and_by_name(bool asJson)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        string options = asJson ? "serializer=JSONSerializer" : "";
        string[] ids = (await python.RunAsync($$"""
            q = queue({{options}})
            jobs = [
                q.enqueue('orders.price', 3, unit_price=2.5),
                q.enqueue('orders.old_price', 3, unit_price=2, tax_rate=0.5),
                q.enqueue('orders.price', unitPrice=1.5, count=2),
                q.enqueue('orders.join', 1, 2, 3, sep='+'),
                q.enqueue('orders.join'),
                q.enqueue('orders.tagged', 'x', size=1, colour='red', **{'class': 'A'}),
            ]
            print(*[job.id for job in jobs])
            """)).Split();

        await world.RunBurstAsync();

        await python.RunAsync($$"""
            results = [fetch(id{{(asJson ? ", serializer=JSONSerializer" : "")}}).return_value() for id in '{{string.Join(' ', ids)}}'.split()]
            assert results == [7.5, 9.0, 3.0, '1+2+3', '', {'name': 'x', 'class': 'A', 'others': ['colour', 'size']}], results
            """);
    }

    [Fact]
    public async Task What_does_not_fit_is_said_in_a_text_that_python_reads()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        string[] ids = (await python.RunAsync("""
            q = queue()
            import python_calls
            jobs = [
                q.enqueue('orders.price', 1, 2, 3, 4),
                q.enqueue('orders.price', 1, 2, colour='red'),
                q.enqueue('orders.price', 1, 2, count=2),
                q.enqueue('orders.price', 'many', 2),
                q.enqueue(len, 'text'),
                q.enqueue('orders.unknown'),
                q.enqueue(python_calls.Account().close),
            ]
            print(*[job.id for job in jobs])
            """)).Split();

        await world.RunBurstAsync();

        await python.RunAsync($$"""
            expected = [
                "'orders.price' cannot be called with orders.price(1, 2, 3, 4): it takes 3 positional arguments, 4 were given",
                "it has no argument 'colour'. It is declared as Price(Int32 count, Double unitPrice, Double taxRate)",
                "the argument 'count' was given twice",
                "'orders.price' cannot be called: its argument 'count'",
                "No function is registered for 'builtins.len'",
                "No function is registered for 'orders.unknown'",
                "",
            ]
            for id, text in zip('{{string.Join(' ', ids)}}'.split(), expected):
                job = fetch(id)
                assert job.is_failed and text in job.exc_info, (text, job.exc_info)
            assert 'python_calls.Account' in job.exc_info or 'called on a pickled Python object' in job.exc_info, job.exc_info
            """);
    }

    [Fact]
    public async Task The_answer_is_in_the_format_of_the_call_whatever_the_queue_writes()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Queue queue = world.Queue(options: new QueueOptions { Serializer = JobSerializer.Json });
        Job pickled = await queue.EnqueueAsync(() => TestJobs.Echo(new[] { 1, 2 }), new JobOptions { Serializer = JobSerializer.Pickle, Meta = new Dictionary<string, object?> { ["a"] = 1 } });
        Job json = await queue.EnqueueAsync(() => TestJobs.Echo(new[] { 1, 2 }), new JobOptions { Meta = new Dictionary<string, object?> { ["a"] = 1 } });
        await world.RunBurstAsync();
        foreach (Job job in new[] { pickled, json })
            await job.SetMetaAsync("b", 2);

        await python.RunAsync($"""
            for job in [fetch('{pickled.Id}'), fetch('{json.Id}', serializer=JSONSerializer)]:
                assert job.return_value() == [1, 2], job.return_value()
                assert job.meta == dict(a=1, b=2), job.meta
            """);
    }
}

/// <summary>What Python calls.</summary>
public static class PythonsOrders
{
    [Job("orders.price", Aliases = ["orders.old_price"])]
    public static double Price(int count, double unitPrice, double taxRate = 0) => count * unitPrice * (1 + taxRate);

    [Job("orders.join")]
    public static string Join([PythonKeyword("sep")] string separator = ",", params int[] numbers) => string.Join(separator, numbers);

    [Job("orders.tagged")]
    public static Dictionary<string, object?> Tagged(string name, string @class, [PythonKwargs] IReadOnlyDictionary<string, object?> others) =>
        new() { ["name"] = name, ["class"] = @class, ["others"] = others.Keys.Order(StringComparer.Ordinal).ToArray() };
}
