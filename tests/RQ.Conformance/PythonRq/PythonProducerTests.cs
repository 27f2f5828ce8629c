using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>Python RQ enqueues, our worker runs, Python RQ reads what came of it.</summary>
public class PythonProducerTests
{
    private const string PickleValues = """
        values = [
            None, True, False, 0, -1, 2**31, 2**63 - 1, 2**100, -2**70, 0.1, -1e300, '', 'plain', 'café ☃ 😀', 'x' * 300, b'', b'\x00\xff' * 200,
            [], [1, [2, [None]]], {}, {'k': [1.5, {'n': {'deep': True}}], 'é': None, 'n': {}}, datetime(2026, 1, 2, 3, 4, 5, 6), timedelta(days=1, microseconds=5),
        ]
        options = {}

        """;

    private const string JsonValues = """
        values = [None, True, 0, -1, 2**53, 2**100, 0.1, -1e300, '', 'café ☃ 😀', [], [1, [2, [None]]], {}, {'k': [1.5, {'n': {'deep': True}}], 'é': None}]
        options = {'serializer': JSONSerializer}

        """;

    [Theory]
    [InlineData(PickleValues)]
    [InlineData(JsonValues)]
    public async Task Values_come_back_as_they_were_sent(string values)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        world.Functions.Add("python_tasks.echo", TestJobs.Echo);

        await python.RunAsync(values + """
            for n, value in enumerate(values):
                queue(**options).enqueue('python_tasks.echo', value, job_id='positional-%d' % n)
                queue(**options).enqueue('python_tasks.echo', value=value, job_id='named-%d' % n)
            """);
        await world.RunBurstAsync();

        await python.RunAsync(values + """
            for n, value in enumerate(values):
                for kind in ('positional', 'named'):
                    job = fetch('%s-%d' % (kind, n), **options)
                    assert job.get_status() == 'finished', (value, job.exc_info)
                    got = job.return_value()
                    assert got == value and type(got) is type(value), (value, got)
                    assert job.result == value
            """);
    }

    [Fact]
    public async Task A_tuple_comes_back_as_a_tuple()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        world.Functions.Add("python_tasks.echo", TestJobs.Echo);

        await python.RunAsync("queue().enqueue('python_tasks.echo', (1, ('x',)), job_id='j')");
        await world.RunBurstAsync();

        await python.RunAsync("assert fetch('j').return_value() == (1, ('x',)), fetch('j').return_value()");
    }

    [Fact]
    public async Task Metadata_of_python_stays_what_it_is_when_other_keys_are_set()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        const string Meta = "{'tuple': (1, ('x',)), 'set': {1, (2, 3)}, 'frozen': frozenset([1]), 'keys': {(1, 2): 'a', frozenset(['b']): 3}, 'list': [1]}";
        await python.RunAsync($"queue().enqueue('python_tasks.echo', 1, job_id='j', meta={Meta})");

        Job job = await Job.FetchAsync("j", world.Rq);
        await job.SetMetaAsync("mine", new object[] { 1, new[] { 2 } });
        await job.UpdateMetaAsync(meta => ((List<object?>)meta["list"]!).Add(new { A = 1 }));

        await python.RunAsync($$"""
            expected = {{Meta}}
            expected['mine'] = (1, [2])
            expected['list'] = [1, {'A': 1}]
            meta = fetch('j').meta
            assert meta == expected, meta
            assert [type(value) for value in meta.values()] == [type(value) for value in expected.values()], meta
            """);
    }

    [Theory]
    [InlineData("")]
    [InlineData("serializer=JSONSerializer")]
    public async Task A_finished_job_looks_to_python_like_its_own(string options)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        world.Functions.Add("python_tasks.greet", TestJobs.Greet);

        await python.RunAsync($$"""
            q = queue({{options}})
            q.enqueue('python_tasks.greet', 'Zoë', punctuation='‽', greeting='Grüezi', job_id='plain')
            q.enqueue('python_tasks.greet', 'you', job_id='a-minute', result_ttl=60, meta={'k': ['v', 1]})
            q.enqueue('python_tasks.greet', 'you', job_id='for-ever', result_ttl=-1)
            q.enqueue('python_tasks.greet', 'you', job_id='discarded', result_ttl=0)
            """);
        await world.RunBurstAsync(configure: worker => worker.Name = "net-worker");

        await python.RunAsync($$"""
            def get(id): return Job.fetch(id, connection=redis, {{options}})
            job = get('plain')
            assert job.return_value() == job.result == 'Grüezi, Zoë‽'
            assert job.get_status() == 'finished' and job.is_finished and job.exc_info is None
            assert job.worker_name == 'net-worker' and job.origin == 'default'
            assert job.created_at <= job.enqueued_at <= job.started_at <= job.ended_at <= datetime.utcnow()
            assert job.latest_result().type.value == 1
            assert 400 < redis.ttl(job.key) <= 500 and 400 < redis.ttl('rq:results:plain') <= 500
            minute = get('a-minute')
            assert 10 < redis.ttl(minute.key) <= 60 and 10 < redis.ttl('rq:results:a-minute') <= 60
            assert minute.meta == {'k': ['v', 1]} and minute.return_value() == 'Hello, you!'
            assert redis.ttl('rq:job:for-ever') == redis.ttl('rq:results:for-ever') == -1
            assert not Job.exists('discarded', connection=redis) and not redis.exists('rq:results:discarded')
            assert sorted(FinishedJobRegistry(queue=queue()).get_job_ids()) == ['a-minute', 'for-ever', 'plain']
            assert StartedJobRegistry(queue=queue()).count == 0 and queue().count == 0
            """);
    }

    [Fact]
    public async Task A_failed_job_looks_to_python_like_its_own()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        world.Functions.Add("python_tasks.fail", TestJobs.Fail);

        await python.RunAsync("""
            queue().enqueue('python_tasks.fail', 'bad thing: café ☃', job_id='j')
            queue().enqueue('python_tasks.fail', 'bad thing', job_id='two-minutes', failure_ttl=120)
            """);
        await world.RunBurstAsync(configure: worker => worker.Name = "net-worker");

        await python.RunAsync("""
            job = fetch('j')
            assert job.get_status() == 'failed' and job.is_failed
            assert 'bad thing: café ☃' in job.exc_info and 'InvalidOperationException' in job.exc_info, job.exc_info
            assert job.return_value() is None and job.result is None
            assert job.latest_result().type.value == 2
            assert job.worker_name == 'net-worker' and job.ended_at is not None
            assert 31535000 < redis.ttl(job.key) <= 31536000 and 31535000 < redis.ttl('rq:results:j') <= 31536000
            assert 60 < redis.ttl('rq:job:two-minutes') <= 120 and 60 < redis.ttl('rq:results:two-minutes') <= 120
            assert sorted(FailedJobRegistry(queue=queue()).get_job_ids()) == ['j', 'two-minutes']
            """);
    }

    [Fact]
    public async Task Pythons_retries_are_honoured()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        int calls = 0;
        world.Functions.Add("python_tasks.flaky", () => ++calls < 3 ? throw new InvalidOperationException("not yet") : calls);
        world.Functions.Add("python_tasks.fail", TestJobs.Fail);

        await python.RunAsync("""
            queue().enqueue('python_tasks.flaky', job_id='at-once', retry=Retry(max=2))
            queue().enqueue('python_tasks.fail', 'no', job_id='later', retry=Retry(max=3, interval=[600, 1200]))
            """);
        await world.RunBurstAsync();

        await python.RunAsync("""
            assert fetch('at-once').return_value() == 3 and fetch('at-once').retries_left == 0
            later = fetch('later')
            assert later.get_status() == 'scheduled' and later.retries_left == 2
            due = ScheduledJobRegistry(queue=queue()).get_scheduled_time(later)
            assert timedelta(seconds=500) < due - datetime.now(timezone.utc) <= timedelta(seconds=600), due
            """);
    }
}
