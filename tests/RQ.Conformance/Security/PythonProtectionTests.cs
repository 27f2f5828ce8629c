using RQ.Conformance.Samples;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Security;

/// <summary>The serializer for Python that docs/security.md shows, and real RQ with it.</summary>
public sealed class PythonProtectionTests : IDisposable
{
    private readonly DirectoryInfo _modules = Directory.CreateTempSubdirectory("rq-python-");

    public PythonProtectionTests()
    {
        File.WriteAllText(Path.Combine(_modules.FullName, "shop_keys.py"), Pages.Blocks("```python", AclServer.Page).Single());
        File.WriteAllText(Path.Combine(_modules.FullName, "shop_tasks.py"), "def total(price, count=1): return price * count\ndef fail(text): raise ValueError(text)\n");
    }

    [Theory]
    [InlineData("signed", false)]
    [InlineData("encrypted", false)]
    [InlineData("signed", true)]
    [InlineData("encrypted", true)]
    public async Task Both_sides_read_what_the_other_has_signed_or_encrypted(string mode, bool json)
    {
        await using TestWorld world = await CreateAsync(mode, json);
        PythonSide python = await PythonSide.InAsync(world, _modules.FullName);
        string serializer = json ? $"shop_keys.Protected(shop_keys.os.environ['SHOP_JOB_KEYS'], encrypt={(mode == "encrypted" ? "True" : "False")}, inner=JSONSerializer)" : $"shop_keys.{mode}";
        string preamble = Preamble(serializer);
        string text = new('x', 300);
        world.Functions.Add("dotnet.greet", (string name, int times) => $"Hello, {name} {times}");
        world.Functions.Add("dotnet.fail", new Action<string>(_ => throw new InvalidOperationException("no")));

        // Python's jobs are run here, and Python reads what came of them.
        string[] ids = (await python.RunAsync(preamble + $"""
            q = queue(serializer=s)
            print(q.enqueue('dotnet.greet', 'Ada', times=2, meta=dict(k='m')).id)
            print(q.enqueue('dotnet.greet', '{text}', 3).id)
            print(q.enqueue('dotnet.fail', 'argument').id)
            """)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        (await Job.FetchAsync(ids[0], world.Rq)).GetMeta<string>("k").ShouldBe("m");
        (await world.RunBurstAsync()).ShouldBe(3);
        await python.RunAsync(preamble + $"""
            a, b, c = [fetch(id, serializer=s) for id in {Ids(ids)}]
            assert (a.return_value(), a.meta) == ('Hello, Ada 2', dict(k='m')), a.latest_result()
            assert b.return_value() == 'Hello, {text} 3'
            assert c.get_status() == 'failed' and c.latest_result().exc_string
            """);

        // Jobs from here are run by Python.
        Job<int> job = await world.Queue("python").EnqueueAsync<int>(JobCall.To("shop_tasks.total", [20], new Dictionary<string, object?> { ["count"] = 2 }), new JobOptions { Meta = new Dictionary<string, object?> { ["k"] = text } });
        Job failing = await world.Queue("python").EnqueueAsync(JobCall.To("shop_tasks.fail", "why"));
        await python.RunAsync(preamble + """
            from rq import SimpleWorker
            SimpleWorker(['python'], connection=redis, serializer=s).work(burst=True)
            """);
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(40);
        (await failing.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("ValueError: why");
    }

    [Theory]
    [InlineData("signed")]
    [InlineData("encrypted")]
    public async Task Python_refuses_what_was_changed_before_it_unpickles(string mode)
    {
        using var canary = new Canary();
        await using TestWorld world = await CreateAsync(mode, json: false);
        PythonSide python = await PythonSide.InAsync(world, _modules.FullName);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("shop_tasks.total", 1));

        await python.RunAsync(Preamble($"shop_keys.{mode}") + $"""
            data = redis.hget('rq:job:{job.Id}', 'data')
            assert s.loads(data)[0] == 'shop_tasks.total'
            hostile = bytes.fromhex('{Convert.ToHexString(canary.Pickles()["reduce, protocol 0"])}')
            other = shop_keys.Protected('2026-11:' + __import__('base64').b64encode(bytes(32)).decode(), encrypt={(mode == "encrypted" ? "True" : "False")}, inner=s.inner)
            forged = type('Raw', (), dict(dumps=lambda self, value: value))()
            other.inner, inner = forged, other.inner
            attacks = [hostile, b'', data[:-1], data[:5], other.dumps(hostile)]
            attacks += [bytes([*data[:i], data[i] ^ 1, *data[i + 1:]]) for i in range(len(data))]
            for attack in attacks:
                try: s.loads(attack)
                except Exception: continue
                raise AssertionError(attack)
            """);

        canary.ShouldBeWell();
    }

    [Theory]
    [InlineData("signed")]
    [InlineData("encrypted")]
    public async Task A_job_that_python_has_not_protected_is_refused_here(string mode)
    {
        await using TestWorld world = await CreateAsync(mode, json: false);
        PythonSide python = await PythonSide.InAsync(world, _modules.FullName);
        string id = (await python.RunAsync("print(queue().enqueue('RQ.TestSupport.TestJobs.Add', 1, 2).id)")).Trim();
        await world.RunBurstAsync();

        (await (await Job.FetchAsync(id, world.Rq)).GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain($"The data is not {mode}, and this connection reads no other");
    }

    public void Dispose() => _modules.Delete(recursive: true);

    private static async Task<TestWorld> CreateAsync(string mode, bool json)
    {
        JobSerializer inner = json ? JobSerializer.Json : JobSerializer.Pickle;
        var options = new ProtectionOptions { BindToJob = false };
        return await TestWorld.CreateAsync(Backend.Redis, world => world.Serializer = mode == "signed" ? inner.WithSigning(Protection.Ring, options) : inner.WithEncryption(Protection.Ring, options));
    }

    private static string Preamble(string serializer) => $"""
        os.environ['SHOP_JOB_KEYS'] = '2026-11:{Protection.Key}'
        import shop_keys
        s = {serializer}

        """;

    private static string Ids(string[] ids) => $"[{string.Join(", ", ids.Select(id => $"'{id.Trim()}'"))}]";
}
