using Microsoft.Extensions.DependencyInjection;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Executions;

public class FilterTests
{
    [Theory, OnEachBackend]
    public async Task Filters_surround_the_function_in_order(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using ServiceProvider services = new ServiceCollection().AddSingleton(new Greeter("Hello")).BuildServiceProvider();
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { OnSuccess = Callback.To(CallbackJobs.LooksAtServerAsync) });

        await world.RunBurstAsync(configure: options =>
        {
            options.Services = services;
            options.ExecutionFilters.Add(new Filter(async (context, next) =>
            {
                TestJobs.Note(context.Job.Id, "outer before");
                await next();
                TestJobs.Note(context.Job.Id, $"outer after {context.ReturnValue} {ReferenceEquals(context, JobContext.Current)}");
                context.ReturnValue = (int)context.ReturnValue! * 10;
            })).Add<GreetingFilter>();
            options.ExecutionFilters.Count.ShouldBe(2);
        });

        TestJobs.Noted(job.Id).ShouldBe(["outer before", "Hello, filter", "outer after 3 True", "Finished stored Started True"]);
        (await job.GetLatestResultAsync())!.ReturnValue.ShouldBe(30L);
    }

    [Theory, OnEachBackend]
    public async Task A_filter_may_end_the_job_itself(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        Job set = await EnqueueAsync("set"), skips = await EnqueueAsync("skips"), throws = await EnqueueAsync("throws"), swallows = await EnqueueAsync("swallows");
        Job twice = await EnqueueAsync("twice");

        await world.RunBurstAsync(configure: options => options.ExecutionFilters.Add(new Filter(async (context, next) =>
        {
            switch (context.Job.Description)
            {
                case "set":
                    context.ReturnValue = null;
                    break;
                case "skips":
                    break;
                case "throws":
                    throw new InvalidDataException("the filter broke");
                case "swallows":
                    await Should.ThrowAsync<InvalidOperationException>(async () => await next());
                    break;
                case "twice":
                    await Should.ThrowAsync<InvalidOperationException>(async () => await next());
                    await next();
                    break;
            }
        })));

        (await set.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        TestJobs.Noted(key + "set").ShouldBeEmpty();
        foreach (Job job in new[] { skips, swallows })
            (await job.GetLatestResultAsync())!.ExceptionText!.ShouldContain("An execution filter (Filter) ended without a result");
        (await throws.GetLatestResultAsync())!.ExceptionText.ShouldStartWith("System.IO.InvalidDataException: the filter broke");
        (await twice.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        TestJobs.Noted(key + "twice").Length.ShouldBe(2);

        async Task<Job> EnqueueAsync(string what) => await world.Queue().EnqueueAsync(() => TestJobs.FailOnce(key + what, what), new JobOptions { Description = what });
    }

    [Theory, OnEachBackend]
    public async Task Filters_made_for_a_run_are_disposed_of_after_it_and_services_are_not(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using ServiceProvider services = new ServiceCollection().AddSingleton<DisposableFilter>().BuildServiceProvider();
        Job without = await world.Queue("a").EnqueueAsync(() => TestJobs.Fail("boom"));
        Job service = await world.Queue("b").EnqueueAsync(() => TestJobs.Add(1, 2));
        Job made = await world.Queue("b").EnqueueAsync(() => TestJobs.Add(1, 2));

        await world.RunBurstAsync(["a"], options => options.ExecutionFilters.Add<DisposableFilter>().Add<AsyncDisposableFilter>());
        await world.RunBurstAsync(["b"], options =>
        {
            options.Services = services;
            options.ExecutionFilters.Add<DisposableFilter>().Add<AsyncDisposableFilter>();
        });

        TestJobs.Noted(without.Id).ShouldBe(["async disposed", "disposed"]);
        TestJobs.Noted(service.Id).ShouldBe(["async disposed"]);
        TestJobs.Noted(made.Id).ShouldBe(["async disposed"]);
    }

    private sealed class DisposableFilter : IExecutionFilter, IDisposable
    {
        private string? _job;

        public async ValueTask ExecuteAsync(JobContext context, Func<ValueTask> next)
        {
            _job = context.Job.Id;
            await next();
        }

        public void Dispose() => TestJobs.Note(_job!, "disposed");
    }

    private sealed class AsyncDisposableFilter : IExecutionFilter, IAsyncDisposable
    {
        private string? _job;

        public async ValueTask ExecuteAsync(JobContext context, Func<ValueTask> next)
        {
            _job = context.Job.Id;
            await next();
        }

        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            TestJobs.Note(_job!, "async disposed");
        }
    }

    private sealed class Filter(Func<JobContext, Func<ValueTask>, ValueTask> run) : IExecutionFilter
    {
        public ValueTask ExecuteAsync(JobContext context, Func<ValueTask> next) => run(context, next);
    }

    private sealed class GreetingFilter(Greeter greeter) : IExecutionFilter
    {
        public async ValueTask ExecuteAsync(JobContext context, Func<ValueTask> next)
        {
            TestJobs.Note(context.Job.Id, greeter.Greet("filter"));
            await next();
        }
    }
}
