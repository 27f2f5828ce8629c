using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using RQ.TestSupport;
using RQ.Workers;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Limits;

/// <summary>The worker's loop goes on at once on the worker's own threads, but never while they run code of users, whose locks it might hold.</summary>
public class UsersCodeTests
{
    [Fact]
    public async Task The_loop_may_go_on_on_a_job_thread_but_not_in_any_code_of_users_there()
    {
        using var threads = new JobThreads("own");
        var control = new TaskCompletionSource<(bool Before, bool Lent, bool After)>();
        threads.Post(() =>
        {
            bool before = WorkerThread.IsCurrent, lent;
            using (WorkerThread.Lend())
                lent = WorkerThread.IsCurrent;
            control.SetResult((before, lent, WorkerThread.IsCurrent));
        });
        (await control.Task.WaitAsync(Eventually.Limit)).ShouldBe((true, false, true));

        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        world.Functions.AddAssemblyOf<UsersCodeTests>();
        await using ServiceProvider services = new ServiceCollection().AddScoped<Service>().BuildServiceProvider();
        string key = Guid.NewGuid().ToString();
        Job done = await world.Queue().EnqueueAsync(() => UsersCode.Run(key, new UsersCode.Argument(key)), new JobOptions { OnSuccess = Callback.To("RQ.Conformance.Limits.UsersCode.Succeeded"), Meta = Meta() });
        Job failed = await world.Queue().EnqueueAsync(() => UsersCode.Fail(key), new JobOptions { OnFailure = Callback.To("RQ.Conformance.Limits.UsersCode.Failed"), Meta = Meta() });

        await world.RunBurstAsync(configure: options =>
        {
            options.Services = services;
            options.ExecutionFilters.Add(new Filter());
            options.ExceptionHandlers.Add(context =>
            {
                UsersCode.Note(key, "handler");
                return ValueTask.FromResult(true);
            });
        });

        (await done.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await failed.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        UsersCode.Seen(key).Select(seen => seen.Where).Distinct().Order().ShouldBe(
            ["argument", "asynchronous", "disposed", "failed", "filter", "function", "handler", "result", "service", "succeeded"]);
        // The producer has made the argument too.
        UsersCode.Seen(key).Count(seen => seen.Where == "argument").ShouldBe(2);
        UsersCode.Seen(key).Where(seen => seen.MayLoopGoOn).ShouldBeEmpty();

        Dictionary<string, object?> Meta() => new() { ["key"] = key };
    }

    private sealed class Filter : IExecutionFilter
    {
        public async ValueTask ExecuteAsync(JobContext context, Func<ValueTask> next)
        {
            UsersCode.Note(context.Job.GetMeta<string>("key")!, "filter");
            context.Services!.GetRequiredService<Service>().Begin(context.Job.GetMeta<string>("key")!);
            await next();
        }
    }

    private sealed class Service : IDisposable
    {
        private string _key = "";

        public void Begin(string key)
        {
            _key = key;
            UsersCode.Note(key, "service");
        }

        public void Dispose() => UsersCode.Note(_key, "disposed");
    }
}

/// <summary>Code of users, which notes whether the worker's loop could go on inside of it.</summary>
public static class UsersCode
{
    private static readonly ConcurrentQueue<(string Key, string Where, bool MayLoopGoOn)> s_seen = new();

    public static void Note(string key, string where) => s_seen.Enqueue((key, where, WorkerThread.IsCurrent));

    public static IEnumerable<(string Where, bool MayLoopGoOn)> Seen(string key) => s_seen.Where(seen => seen.Key == key).Select(seen => (seen.Where, seen.MayLoopGoOn));

    public static async Task<Result> Run(string key, Argument argument)
    {
        Note(key, "function");
        await Task.Yield();
        Note(key, "asynchronous");
        return new Result(argument.Key);
    }

    public static void Fail(string key)
    {
        Note(key, "function");
        throw new InvalidOperationException("no");
    }

    public static void Succeeded(JobContext context) => Note(context.Job.GetMeta<string>("key")!, "succeeded");

    public static void Failed(JobContext context) => Note(context.Job.GetMeta<string>("key")!, "failed");

    public sealed class Argument
    {
        public Argument(string key)
        {
            Key = key;
            Note(key, "argument");
        }

        public string Key { get; }
    }

    public sealed class Result(string key)
    {
        public string Key
        {
            get
            {
                Note(key, "result");
                return key;
            }
        }
    }
}
