using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>What both write into one job: metadata, results, failures, and names that only Python allows.</summary>
public class MixedDataTests
{
    [Fact]
    public async Task Metadata_that_python_saves_in_the_middle_of_our_change_is_not_lost_and_neither_is_ours()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        Job job = await mixed.Queue().EnqueueAsync(
            () => PythonSharedTasks.WaitForAsync("gate", null!), new JobOptions { Id = "j", Meta = new Dictionary<string, object?> { ["first"] = 1 } });
        mixed.World.StartWorker();
        await mixed.HasBegunAsync("j");

        int calls = 0;
        await job.UpdateMetaAsync(meta =>
        {
            if (++calls == 1)
                mixed.Python.RunAsync("job = fetch('j'); job.meta['python'] = [1, 'é']; job.save_meta()").GetAwaiter().GetResult();
            meta["net"] = 2;
        });

        calls.ShouldBe(2);
        await mixed.Python.RunAsync("assert fetch('j').meta == {'first': 1, 'python': [1, 'é'], 'net': 2}, fetch('j').meta");
        // What RQ's save_meta does to everybody: it writes all that its job knew, so the later one wins.
        await mixed.Python.RunAsync("stale = fetch('j'); stale.meta.pop('net'); stale.save_meta()");
        await job.SetMetaAsync("last", true);
        await mixed.OpenAsync("gate");
        await mixed.EndsAsync("j");
        await mixed.Python.RunAsync("assert fetch('j').meta == {'first': 1, 'python': [1, 'é'], 'last': True}, fetch('j').meta");
    }

    [Fact]
    public async Task Results_of_both_are_one_history_in_order()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.FailTimesAsync(2, null!), new JobOptions { Id = "j" });
        await mixed.World.RunBurstAsync();
        await mixed.Python.RunAsync("fetch('j').requeue()");
        await mixed.Side.WorkAsync("default");
        await (await mixed.FetchAsync("j")).RequeueAsync();
        await mixed.World.RunBurstAsync();
        await mixed.Python.RunAsync("q.enqueue_job(fetch('j'))");
        await mixed.Side.WorkAsync("default");

        await mixed.Python.RunAsync("""
            results = fetch('j').results()
            assert [(result.type.value, result.return_value) for result in results] == [(1, 4), (1, 3), (2, None), (2, None)], results
            assert 'ValueError: call 2' in results[2].exc_string and 'InvalidOperationException: call 1' in results[3].exc_string
            assert all(later.created_at >= earlier.created_at for later, earlier in zip(results, results[1:]))
            """);
        IReadOnlyList<JobResult> history = await (await mixed.FetchAsync("j")).GetResultsAsync();
        history.Select(result => $"{result.Type} {result.ReturnValue}".Trim()).ShouldBe(["Successful 4", "Successful 3", "Failed", "Failed"]);
        history.Select(result => result.ExecutionId is null).ShouldBe([true, false, true, false], "RQ 1.13 names no execution");
    }

    [Fact]
    public async Task Failures_tell_python_the_type_the_message_what_is_inside_and_where()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        mixed.World.Functions.Add("inner", () => Throw(new ArgumentException("outer: 漢字 😀", new FormatException("inner: ß"))));
        mixed.World.Functions.Add("several", () => Throw(new AggregateException("both", new FormatException("one"), new TimeoutException("two"))));
        mixed.World.Functions.Add("long", () => Throw(new InvalidOperationException("begin " + new string('漢', 300_000) + " end")));
        mixed.World.Functions.Add("lines", () => Throw(new InvalidOperationException("first\nsecond\r\n\0third")));
        await mixed.Python.RunAsync("for name in ('inner', 'several', 'long', 'lines'): q.enqueue(name, job_id=name)");
        await mixed.World.RunBurstAsync();

        await mixed.Python.RunAsync("""
            texts = {id: fetch(id).exc_info for id in ('inner', 'several', 'long', 'lines')}
            for id, text in texts.items():
                assert text == fetch(id).latest_result().exc_string and 'at RQ.Conformance.PythonRq.MixedDataTests' in text, text[:500]
                assert text.encode('utf-8').decode('utf-8') == text
            assert texts['inner'].startswith('System.ArgumentException: outer: 漢字 😀') and 'System.FormatException: inner: ß' in texts['inner']
            assert 'System.FormatException: one' in texts['several'] and 'System.TimeoutException: two' in texts['several']
            assert 'begin 漢' in texts['long'] and '漢 end' in texts['long'] and len(texts['long']) > 300000
            assert 'first\nsecond\r\n\0third' in texts['lines']
            """);
        static void Throw(Exception exception) => throw exception;
    }

    [Fact]
    public async Task Job_ids_that_only_python_allows_run_here()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await mixed.Python.RunAsync("""
            ids = ['a:b', 'a:b:c:', ':', 'with a space', 'ünï漢😀', "quo'te\"d", 'new\nline', 'x' * 400, '{brace}', '*', '%s']
            for id in ids: q.enqueue(shared_tasks.add, 1, 2, job_id=id)
            """);
        (await mixed.World.RunBurstAsync()).ShouldBe(11);
        await mixed.Python.RunAsync("""
            ids = ['a:b', 'a:b:c:', ':', 'with a space', 'ünï漢😀', "quo'te\"d", 'new\nline', 'x' * 400, '{brace}', '*', '%s']
            for id in ids: assert fetch(id).is_finished and fetch(id).return_value() == 3, id
            assert sorted(q.finished_job_registry.get_job_ids()) == sorted(ids) and not redis.exists('rq:wip:default')
            assert redis.keys('rq:execution*') == [], redis.keys('rq:execution*')
            """);
    }

    [Fact]
    public async Task A_job_with_an_empty_id_runs_too()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await mixed.Python.RunAsync("""
            q.enqueue(shared_tasks.add, 1, 2, job_id='')
            q.enqueue(shared_tasks.add, 3, 4, job_id='next')
            """);
        await mixed.World.RunBurstAsync();
        await mixed.Python.RunAsync("assert fetch('next').return_value() == 7 and q.count == 0, q.job_ids");
        await mixed.Python.RunAsync("assert [redis.hget(key, 'status') for key in redis.keys('rq:job:*')].count(b'finished') == 2, [(key, redis.hgetall(key)) for key in redis.keys('rq:job:*')]");
    }

    [Fact]
    public async Task Limits_and_times_as_python_gives_them_are_kept()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await mixed.Python.RunAsync("""
            q.enqueue(shared_tasks.add, 1, 2, job_id='no-limit', job_timeout=-1)
            q.enqueue(shared_tasks.add, 1, 2, job_id='default', job_timeout=None, ttl=None, result_ttl=None, failure_ttl=None)
            q.enqueue(shared_tasks.add, 1, 2, job_id='words', job_timeout='1h', ttl='10m')
            q.enqueue(shared_tasks.fail, 'no', job_id='fails-for-ever', failure_ttl=-1)
            q.enqueue(shared_tasks.fail, 'no', job_id='fails-at-once', failure_ttl=0)
            for bad in ({'job_timeout': 0}, {'ttl': 0}, {'ttl': -1}):
                try: q.enqueue(shared_tasks.add, 1, 2, **bad)
                except ValueError: pass
                else: raise AssertionError('RQ takes %s' % bad)
            # By other means these come all the same.
            for number, fields in enumerate(({'timeout': 0}, {'timeout': ''}, {'ttl': 0}, {'ttl': -1}, {'result_ttl': ''}, {'timeout': 'None'})):
                job = q.create_job(shared_tasks.add, (1, 2), job_id='odd-%d' % number)
                q.enqueue_job(job)
                redis.hset(job.key, mapping=fields)
            """);
        Job job = await mixed.FetchAsync("words");
        (job.Timeout, job.Ttl).ShouldBe((TimeSpan.FromHours(1), TimeSpan.FromMinutes(10)));
        (await mixed.FetchAsync("no-limit")).Timeout.ShouldBe(Timeout.InfiniteTimeSpan);
        await mixed.World.RunBurstAsync();

        await mixed.Python.RunAsync("""
            for id in ('no-limit', 'default', 'words'):
                assert fetch(id).return_value() == 3 and 400 < redis.ttl('rq:job:' + id) <= 500, (id, redis.ttl('rq:job:' + id))
            assert redis.ttl('rq:job:fails-for-ever') == -1 and redis.zscore('rq:failed:default', 'fails-for-ever') == -1
            assert not Job.exists('fails-at-once', connection=redis)
            ended = [status('odd-%d' % number) for number in range(6)]
            assert all(each in ('finished', 'failed') for each in ended), ended
            assert q.count == 0 and not redis.exists('rq:wip:default')
            """);
    }

    [Fact]
    public async Task Queue_names_that_python_allows_are_worked_on_here_and_ours_are_read_there()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        string[] names = ["with a space", "a:b", "ünï漢😀", "{brace}", "*", "x/y?z", "quo'te\"d"];
        foreach (string name in names)
            await mixed.Queue(name).EnqueueAsync(() => PythonSharedTasks.Add(1, 2));
        await mixed.Python.RunAsync("""
            names = ['with a space', 'a:b', 'ünï漢😀', '{brace}', '*', 'x/y?z', "quo'te\"d"]
            assert sorted(each.name for each in Queue.all(connection=redis)) == sorted(names)
            for name in names: queue(name).enqueue(shared_tasks.add, 3, 4)
            """);
        RunningWorker worker = mixed.World.StartWorker(names);
        await mixed.Python.RunAsync("""
            names = ['with a space', 'a:b', 'ünï漢😀', '{brace}', '*', 'x/y?z', "quo'te\"d"]
            until(lambda: all(queue(name).finished_job_registry.count == 2 for name in names), 'all have run')
            worker, = Worker.all(connection=redis)
            assert worker.queue_names() == names, worker.queue_names()
            for name in names: assert Worker.count(queue=queue(name)) == 1
            """);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Jobs_that_python_runs_in_the_caller_are_read()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await mixed.Python.RunAsync("""
            sync = queue('sync', is_async=False)
            assert sync.enqueue(shared_tasks.add, 1, 2, job_id='good').return_value() == 3
            assert sync.enqueue(shared_tasks.fail, 'no', job_id='bad').is_failed
            """);

        Job good = await mixed.FetchAsync("good"), bad = await mixed.FetchAsync("bad");
        (good.Status, good.WorkerName, bad.Status).ShouldBe((JobStatus.Finished, "sync", JobStatus.Failed));
        (await good.WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe(3);
        (await bad.GetLatestResultAsync())!.ExceptionText!.ShouldContain("ValueError: no");
        (await mixed.Queue("sync").Finished.GetJobIdsAsync()).ShouldBe(["good"]);
    }

    [Fact]
    public async Task Groups_and_unique_ids_of_ours_are_where_later_versions_look_for_them()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        var group = new Group(mixed.World.Rq, "batch");
        await group.EnqueueManyAsync(mixed.Queue(), [
            new JobRequest(JobCall.To("shared_tasks.add", 1, 2), new JobOptions { Id = "one" }),
            new JobRequest(JobCall.To("shared_tasks.add", 3, 4), new JobOptions { Id = "two", Unique = UniqueJob.WhileStored }),
        ]);
        await mixed.Python.RunAsync("""
            assert members('rq:groups') == ['batch'] and members('rq:group:batch') == ['one', 'two']
            assert redis.hmget('rq:job:one', 'group_id') == [b'batch'] and fetch('one').is_queued and q.job_ids == ['one', 'two']
            """);
        await mixed.Side.WorkAsync("default");

        // RQ 1.13 ran them without knowing of groups; the group knows its jobs all the same.
        (await group.GetJobsAsync()).Select(job => (job.Id, job.Status)).Order().ShouldBe([("one", JobStatus.Finished), ("two", JobStatus.Finished)]);
        await Should.ThrowAsync<DuplicateJobException>(
            () => mixed.Queue().EnqueueAsync(JobCall.To("shared_tasks.add", 5, 6), new JobOptions { Id = "two", Unique = UniqueJob.WhileStored }));
        await mixed.Python.RunAsync("fetch('two').delete()");
        (await group.GetJobsAsync()).Select(job => job.Id).ShouldBe(["one"]);
        await mixed.Queue().EnqueueAsync(JobCall.To("shared_tasks.add", 5, 6), new JobOptions { Id = "two", Unique = UniqueJob.WhileStored });
    }
}
