using System.Numerics;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>Values that JSON has no notation for, in both formats and both directions: no digit and no meaning is lost on the way.</summary>
public class ValueTypeTests
{
    private static readonly DateTimeOffset s_offset = new(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2));
    private static readonly DateTime s_unspecified = new(2026, 1, 2, 3, 4, 5, 678);
    private static readonly Guid s_uuid = Guid.Parse("76d3dbae-88dd-41d1-80d3-2911a313369a");

    private static readonly object?[] s_values =
    [
        s_offset, s_unspecified, s_uuid, 0.1m, BigInteger.Pow(2, 63), ulong.MaxValue, double.NaN, new byte[] { 0, 0xff }, new Dictionary<int, string> { [1] = "a", [-2] = "b" },
    ];

    [Fact]
    public async Task S137_pickled_values_are_pythons_own()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(JobCall.To("python_tasks.describe", s_values), new JobOptions { Id = "j" });
        await python.WorkAsync("default");

        await python.RunAsync("""
            from decimal import Decimal
            from uuid import UUID
            import math
            at, plain, uuid, price, big, long, nan, data, map = fetch('j').args
            assert at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))) and at.utcoffset() == timedelta(hours=2), at
            assert plain == datetime(2026, 1, 2, 3, 4, 5, 678000) and plain.tzinfo is None, plain
            assert uuid == UUID('76d3dbae-88dd-41d1-80d3-2911a313369a'), uuid
            assert price == Decimal('0.1') and type(price) is Decimal, price
            assert big == 2**63 and long == 2**64 - 1 and math.isnan(nan) and data == b'\x00\xff' and map == {1: 'a', -2: 'b'}
            assert fetch('j').is_finished, fetch('j').exc_info
            """);
    }

    [Fact]
    public async Task S137_in_json_they_are_texts_and_numbers_that_say_all()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Queue queue = world.Queue(options: new QueueOptions { Serializer = JobSerializer.Json });
        await queue.EnqueueAsync(JobCall.To("python_tasks.describe", s_values), new JobOptions { Id = "j" });
        await python.CommandAsync("worker", "--burst", "-S", "rq.serializers.JSONSerializer", "default");

        await python.RunAsync("""
            import math
            job = fetch('j', serializer=JSONSerializer)
            at, plain, uuid, price, big, long, nan, data, map = job.args
            assert (at, plain) == ('2026-01-02T03:04:05+02:00', '2026-01-02T03:04:05.678'), (at, plain)
            assert (uuid, price) == ('76d3dbae-88dd-41d1-80d3-2911a313369a', '0.1'), (uuid, price)
            assert big == 2**63 and long == 2**64 - 1 and math.isnan(nan) and data == 'AP8=' and map == {'1': 'a', '-2': 'b'}
            assert job.is_finished, job.exc_info
            """);
    }

    [Theory]
    [InlineData("", """
        from decimal import Decimal
        from uuid import UUID
        at, plain = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 1, 2, 3, 4, 5, 678000)
        values = [at, plain, UUID('76d3dbae-88dd-41d1-80d3-2911a313369a'), Decimal('0.1'), 2**63, 2**64 - 1, float('nan'), b'\x00\xff', {1: 'a', -2: 'b'}]

        """)]
    [InlineData("serializer=JSONSerializer", """
        values = ['2026-01-02T03:04:05+02:00', '2026-01-02T03:04:05.678', '76d3dbae-88dd-41d1-80d3-2911a313369a', '0.1', 2**63, 2**64 - 1,
            float('nan'), 'AP8=', {'1': 'a', '-2': 'b'}]

        """)]
    public async Task S137_parameters_of_these_types_are_filled_and_results_go_back_the_same(string options, string values)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        object?[] seen = [];
        world.Functions.Add("python_tasks.typed", (
            DateTimeOffset at, DateTime plain, Guid uuid, decimal price, BigInteger big, ulong unsigned, double nan, byte[] data, Dictionary<int, string> map) =>
            seen = [at, plain, uuid, price, big, unsigned, nan, data, map]);
        await python.RunAsync($"{values}queue({options}).enqueue('python_tasks.typed', *values, job_id='j')");
        await world.RunBurstAsync();

        Job job = await Job.FetchAsync("j", world.Rq);
        (await job.GetLatestResultAsync()).ShouldNotBeNull().ExceptionText.ShouldBeNull();
        ((DateTimeOffset)seen[0]!).EqualsExact(s_offset).ShouldBeTrue();
        seen[1].ShouldBe(s_unspecified);
        ((DateTime)seen[1]!).Kind.ShouldBe(DateTimeKind.Unspecified);
        seen[2].ShouldBe(s_uuid);
        seen[3].ShouldBe(0.1m);
        seen[4].ShouldBe(BigInteger.Pow(2, 63));
        seen[5].ShouldBe(ulong.MaxValue);
        seen[6].ShouldBe(double.NaN);
        ((byte[])seen[7]!).ShouldBe([0, 0xff]);
        ((Dictionary<int, string>)seen[8]!).ShouldBe(new Dictionary<int, string> { [1] = "a", [-2] = "b" });

        await python.RunAsync($$"""
            {{values}}
            def shown(value): return repr(value)
            returned = Job.fetch('j', connection=redis, {{options}}).return_value()
            assert [shown(value) for value in returned] == [shown(value) for value in values], returned
            """);
    }

    [Fact]
    public async Task Results_of_python_are_bound_to_the_types_of_a_job()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Dictionary<string, object?> line = new() { ["item_name"] = "x", ["price"] = 0.10m };
        string dict = await EnqueueAsync("builtins.dict", [], new() { ["order_id"] = s_uuid, ["at"] = s_offset, ["status"] = "IN_PROGRESS", ["lines"] = new[] { line }, ["wait"] = TimeSpan.FromSeconds(1.5), ["image"] = new byte[] { 1 }, ["extra"] = 1 });
        string span = await EnqueueAsync("datetime.timedelta", [], new() { ["days"] = -1, ["milliseconds"] = 1 });
        string price = await EnqueueAsync("decimal.Decimal", ["12.30"], []);
        string number = await EnqueueAsync("builtins.complex", [1, 2.5], []);
        string uuid = await EnqueueAsync("uuid.UUID", [s_uuid.ToString()], []);
        string set = await EnqueueAsync("builtins.frozenset", [new[] { 1, 2, 3 }], []);
        string tuple = await EnqueueAsync("builtins.divmod", [17, 5], []);
        string map = await EnqueueAsync("builtins.dict", [new[] { ((1, "a"), 1.5m) }], []);
        string shown = await EnqueueAsync("builtins.str", [TimeSpan.FromHours(25)], []);
        await python.WorkAsync("default");

        Order order = await ResultAsync<Order>(dict);
        (order.OrderId, order.Status, order.Wait).ShouldBe((s_uuid, State.InProgress, TimeSpan.FromSeconds(1.5)));
        order.At.EqualsExact(s_offset).ShouldBeTrue();
        order.Lines.ShouldBe([new Line("x", 0.10m)]);
        order.Image.ShouldBe([1]);
        (await ResultAsync<TimeSpan>(span)).ShouldBe(TimeSpan.FromDays(-1) + TimeSpan.FromMilliseconds(1));
        (await ResultAsync<decimal>(price)).ToString(System.Globalization.CultureInfo.InvariantCulture).ShouldBe("12.30");
        (await ResultAsync<Complex>(number)).ShouldBe(new Complex(1, 2.5));
        (await ResultAsync<Guid>(uuid)).ShouldBe(s_uuid);
        (await ResultAsync<HashSet<byte>>(set)).Order().ShouldBe(new byte[] { 1, 2, 3 });
        (await ResultAsync<(int Quotient, int Remainder)>(tuple)).ShouldBe((3, 2));
        (await Should.ThrowAsync<ResultUnreadableException>(() => ResultAsync<Line>(tuple))).Message.ShouldContain("ItemName");
        (await ResultAsync<Dictionary<(int, string), decimal>>(map)).ShouldBe(new Dictionary<(int, string), decimal> { [(1, "a")] = 1.5m });
        (await ResultAsync<TimeSpan>(shown)).ShouldBe(TimeSpan.FromHours(25));

        async Task<string> EnqueueAsync(string function, object?[] arguments, Dictionary<string, object?> named) =>
            (await world.Queue().EnqueueAsync(JobCall.To(function, arguments, named))).Id;

        async Task<T> ResultAsync<T>(string id) => await (await Job<T>.FetchAsync(id, world.Rq)).WaitForResultAsync(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("")]
    [InlineData("serializer=JSONSerializer")]
    public async Task Metadata_of_python_is_bound_to_types(string options)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await python.RunAsync($$"""
            meta = {'line': {'item_name': 'x', 'price': '0.10'}, 'points': [[1, 2], [3, 4]], 'wait': '1 day, 2:03:04.500000', 'at': '2026-01-02 03:04:05+02:00', 'limit': float('inf')}
            queue({{options}}).enqueue('python_tasks.typed', job_id='j', meta=meta)
            """);

        Job job = await Job.FetchAsync("j", world.Rq);
        job.GetMeta<Line>("line").ShouldBe(new Line("x", 0.10m));
        job.GetMeta<int[,]>("points").ShouldBe(new[,] { { 1, 2 }, { 3, 4 } });
        job.GetMeta<TimeSpan>("wait").ShouldBe(new TimeSpan(1, 2, 3, 4, 500));
        job.GetMeta<DateTimeOffset>("at").EqualsExact(s_offset).ShouldBeTrue();
        job.GetMeta<double>("limit").ShouldBe(double.PositiveInfinity);
        job.GetMeta<Line>("none").ShouldBeNull();
        Should.Throw<RqException>(() => job.GetMeta<int[]>("points")).Message.ShouldBe("At '[0]': A list does not fit the type Int32.");
    }

    public enum State
    {
        New,
        InProgress,
    }

    public sealed record Line(string ItemName, decimal Price);

    public sealed record Order(Guid OrderId, DateTimeOffset At, State Status, IReadOnlyList<Line> Lines, TimeSpan Wait, byte[] Image);
}
