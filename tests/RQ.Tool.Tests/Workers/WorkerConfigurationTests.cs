using System.Reflection;
using RQ.Tool.WorkerPools;
using RQ.Tool.Workers;
using Spectre.Console.Cli;

namespace RQ.Tool.Tests.Workers;

/// <summary>CLI_1: what a command line makes of a worker's options.</summary>
public class WorkerConfigurationTests
{
    private const string Support = "RQ.TestSupport";

    [Fact]
    public void Without_options_a_worker_has_RQs_defaults_and_a_work_horse_WRK_1_WRK_5()
    {
        WorkerConfiguration read = Read([]);
        WorkerOptions options = read.Options;

        read.Queues.ShouldBe(["default"]);
        options.Isolation.ShouldBe(Isolation.WorkHorse);
        options.Concurrency.ShouldBe(1);
        options.ResultTtl.ShouldBe(TimeSpan.FromSeconds(500));
        options.WorkerTtl.ShouldBe(TimeSpan.FromSeconds(420));
        options.MaintenanceInterval.ShouldBe(TimeSpan.FromSeconds(600));
        options.MonitoringInterval.ShouldBe(TimeSpan.FromSeconds(30));
        options.DequeueStrategy.ShouldBe(DequeueStrategy.Default);
        (options.MaxJobs, options.MaxIdleTime, options.UnknownFunctionGrace).ShouldBe((null, null, null));
        (options.UnknownCallback, options.CallbackQueue).ShouldBe((UnknownCallback.HandOver, null));
        (options.WorkHorses.MaxJobs, options.WorkHorses.MaxMemory, options.WorkHorses.MaxAge).ShouldBe((null, null, null));
        (options.Burst, options.LogJobDescription, options.DisableDefaultExceptionHandler).ShouldBe((false, true, false));
        (options.TimeoutGrace, options.ShutdownGrace, options.OnShutdown).ShouldBe((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(25), ShutdownPolicy.GiveBack));
    }

    [Fact]
    public void Every_option_has_its_place_WRK_2_WRK_7_WRK_8_WRK_18()
    {
        WorkerOptions options = Read(
            ["-b", "--concurrency", "3", "--isolation", "work-horse-per-job", "--max-horse-jobs", "4", "--max-horse-memory", "512M", "--max-horse-age", "1h",
             "--max-jobs", "5", "--max-idle-time", "6m", "-ds", "round_robin", "--results-ttl", "-1", "--worker-ttl", "7m", "--maintenance-interval", "8",
             "--job-monitoring-interval", "9s", "--timeout-grace", "0", "--shutdown-grace", "-1", "--on-shutdown", "fail", "--unknown-function-grace", "10m",
             "--unknown-callback", "fail", "--callback-queue", "python",
             "-d", "--disable-job-desc-logging", "high", "low"]).Options;

        options.Burst.ShouldBeTrue();
        options.Concurrency.ShouldBe(3);
        options.Isolation.ShouldBe(Isolation.WorkHorsePerJob);
        options.WorkHorses.MaxJobs.ShouldBe(4);
        options.WorkHorses.MaxMemory.ShouldBe(512L << 20);
        options.WorkHorses.MaxAge.ShouldBe(TimeSpan.FromHours(1));
        options.MaxJobs.ShouldBe(5);
        options.MaxIdleTime.ShouldBe(TimeSpan.FromMinutes(6));
        options.DequeueStrategy.ShouldBe(DequeueStrategy.RoundRobin);
        options.ResultTtl.ShouldBe(Timeout.InfiniteTimeSpan);
        options.WorkerTtl.ShouldBe(TimeSpan.FromMinutes(7));
        options.MaintenanceInterval.ShouldBe(TimeSpan.FromSeconds(8));
        options.MonitoringInterval.ShouldBe(TimeSpan.FromSeconds(9));
        options.TimeoutGrace.ShouldBe(TimeSpan.Zero);
        options.ShutdownGrace.ShouldBe(Timeout.InfiniteTimeSpan);
        options.OnShutdown.ShouldBe(ShutdownPolicy.Fail);
        options.UnknownFunctionGrace.ShouldBe(TimeSpan.FromMinutes(10));
        (options.UnknownCallback, options.CallbackQueue).ShouldBe((UnknownCallback.Fail, "python"));
        options.DisableDefaultExceptionHandler.ShouldBeTrue();
        options.LogJobDescription.ShouldBeFalse();
    }

    [Theory]
    [InlineData("-s")]
    [InlineData("--with-scheduler")]
    public void A_worker_has_a_scheduler_when_asked_and_a_pools_worker_always_SCH_3_CLI_8(string option)
    {
        Read([]).Options.WithScheduler.ShouldBeFalse();
        Read([option]).Options.WithScheduler.ShouldBeTrue();
        Read([option]).Options.RegisterCron.ShouldBeTrue();
        Read([option, "--no-register-cron"]).Options.RegisterCron.ShouldBeFalse();

        string[] ofPool = WorkerArguments.Of(CommandLine.Read<WorkerPoolSettings>("--no-register-cron"), ["high"], 1);
        ofPool.ShouldBe(["worker", "--no-register-cron", "--with-scheduler", "--", "high"]);
        WorkerOptions options = Read(ofPool[1..^2]).Options;
        (options.WithScheduler, options.RegisterCron).ShouldBe((true, false));
    }

    [Theory]
    [InlineData("-dash")]
    [InlineData("--burst")]
    [InlineData("-1")]
    [InlineData("=a:b=")]
    [InlineData("\"quoted 'text'")]
    [InlineData("  two words ")]
    [InlineData(" ")]
    [InlineData("")]
    public void Values_come_to_a_pools_worker_as_they_are_CLI_8(string value)
    {
        string[] given = value.Length > 0 ? [$"--log-format={value}", $"--weight={value}", $"--weight={value}2"] : ["--log-format", value];

        WorkerSettings read = CommandLine.Read<WorkerSettings>(WorkerArguments.Of(CommandLine.Read<WorkerPoolSettings>(given), [], 1)[1..]);

        read.LogFormat.ShouldBe(value);
        read.Weights.ShouldBe(value.Length > 0 ? [value, $"{value}2"] : []);
    }

    [Theory]
    [InlineData("default", DequeueStrategy.Default)]
    [InlineData("round_robin", DequeueStrategy.RoundRobin)]
    [InlineData("random", DequeueStrategy.Random)]
    [InlineData("weighted", DequeueStrategy.Weighted)]
    public void The_strategy_has_RQs_names_DEQ_1_DEQ_2_DEQ_3(string name, DequeueStrategy strategy)
    {
        Read(["-ds", name]).Options.DequeueStrategy.ShouldBe(strategy);
        Read([$"-ds={name}"]).Options.DequeueStrategy.ShouldBe(strategy);
        Read(["--dequeue-strategy", name]).Options.DequeueStrategy.ShouldBe(strategy);
    }

    [Fact]
    public void Weights_are_of_queues_that_it_serves()
    {
        Read(["-ds", "weighted", "--weight", "high=3", "--weight", "a=b=2", "high", "a=b"]).Options.QueueWeights
            .ShouldBe(new Dictionary<string, int> { ["high"] = 3, ["a=b"] = 2 }, ignoreOrder: true);

        Refused(["-ds", "weighted", "--weight", "low=3", "high"]).ShouldContain("does not serve a queue 'low'");
        Refused(["-ds", "weighted", "--weight", "high=0", "high"]).ShouldContain("QUEUE=N");
        Refused(["-ds", "weighted", "--weight", "high", "high"]).ShouldContain("QUEUE=N");
        Refused(["-ds", "weighted", "--weight", "high=1", "--weight", "high=2", "high"]).ShouldContain("has two");
        Refused(["--weight", "high=1", "high"]).ShouldContain("--dequeue-strategy weighted");
    }

    [Theory]
    [InlineData("--isolation", "process", "work-horse-per-job")]
    [InlineData("--on-shutdown", "drop", "give-back")]
    [InlineData("--unknown-callback", "drop", "hand-over")]
    [InlineData("--max-horse-memory", "12X", "512M")]
    [InlineData("--max-horse-memory", "0", "above zero")]
    [InlineData("--max-horse-age", "0", "from 1 s to 49 days")]
    [InlineData("--max-idle-time", "-1", "from 1 s to 49 days")]
    [InlineData("--worker-ttl", "0", "from 1 s to 49 days")]
    [InlineData("--maintenance-interval", "90d", "from 1 s to 49 days")]
    [InlineData("--job-monitoring-interval", "often", "such as 90, 30s")]
    [InlineData("--timeout-grace", "-1", "from 0 s to 49 days")]
    [InlineData("--shutdown-grace", "-2", "or -1 to wait for ever")]
    [InlineData("--unknown-function-grace", "0", "from 1 s to 49 days")]
    [InlineData("--results-ttl", "-2", "-1 for no limit")]
    [InlineData("--exception-handler", "A.B", "--assembly")]
    public void What_cannot_be_names_the_option_and_the_way_out(string option, string value, string told)
    {
        string message = Refused([option, value]);

        message.ShouldContain(option);
        message.ShouldContain(told);
    }

    [Theory]
    [InlineData("--concurrency", "0")]
    [InlineData("--max-jobs", "0")]
    [InlineData("--max-horse-jobs", "-1")]
    [InlineData("--max-jobs", "many")]
    public void Numbers_have_their_range(string option, string value) => Should.Throw<CommandAppException>(() => Read([option, value]));

    [Theory]
    [InlineData("rq.Worker", Isolation.WorkHorse, DequeueStrategy.Default)]
    [InlineData("rq.worker.Worker", Isolation.WorkHorse, DequeueStrategy.Default)]
    [InlineData("rq.SimpleWorker", Isolation.None, DequeueStrategy.Default)]
    [InlineData("rq.worker.SimpleWorker", Isolation.None, DequeueStrategy.Default)]
    [InlineData("rq.SpawnWorker", Isolation.WorkHorsePerJob, DequeueStrategy.Default)]
    [InlineData("rq.worker.RoundRobinWorker", Isolation.WorkHorse, DequeueStrategy.RoundRobin)]
    [InlineData("rq.worker.RandomWorker", Isolation.WorkHorse, DequeueStrategy.Random)]
    public void RQs_worker_classes_are_options_WCL_1_WCL_2_WCL_3_WCL_4(string name, Isolation isolation, DequeueStrategy strategy)
    {
        WorkerOptions options = Read(["-w", name]).Options;
        (options.Isolation, options.DequeueStrategy).ShouldBe((isolation, strategy));

        WorkerOptions fromEnvironment = Read([], ("RQ_WORKER_CLASS", name)).Options;
        (fromEnvironment.Isolation, fromEnvironment.DequeueStrategy).ShouldBe((isolation, strategy));

        WorkerOptions overridden = Read(["-w", name, "--isolation", "none", "-ds", "default"]).Options;
        (overridden.Isolation, overridden.DequeueStrategy).ShouldBe((Isolation.None, DequeueStrategy.Default));
    }

    [Fact]
    public void A_HerokuWorker_gives_jobs_6_seconds_WCL_5()
    {
        Read(["-w", "rq.worker.HerokuWorker"]).Options.ShutdownGrace.ShouldBe(TimeSpan.FromSeconds(6));
        Read(["-w", "rq.worker.HerokuWorker", "--shutdown-grace", "20"]).Options.ShutdownGrace.ShouldBe(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("rq.worker.FastWorker", "RQ has no worker class")]
    [InlineData("Nowhere.Startup", "none of the given assemblies has a type 'Nowhere.Startup'")]
    [InlineData(Support + ".TestJobs", "does not implement RQ.IWorkerStartup")]
    [InlineData(Support + ".UnmakeableStartup", "needs a public constructor without parameters")]
    public void Another_worker_class_is_refused_WCL_6(string name, string told)
    {
        string message = Refused(["--worker-class", name]);
        message.ShouldContain("--worker-class");
        message.ShouldContain(told);
        Should.Throw<UsageException>(() => Read([], ("RQ_WORKER_CLASS", name))).Message.ShouldContain("RQ_WORKER_CLASS");
    }

    [Theory]
    [InlineData(Support + ".NotingHandlers.Note")]
    [InlineData(Support + ".NotingHandlers.NoteByInstance")]
    [InlineData(Support + ".OneHandler")]
    public void An_exception_handler_is_a_method_or_a_type_with_one_WRK_18(string name) =>
        Read(["--exception-handler", name, "--exception-handler", name]).Options.ExceptionHandlers.Count.ShouldBe(2);

    [Theory]
    [InlineData(Support + ".NotingHandlers", "a type with 2 methods")]
    [InlineData(Support + ".NotingHandlers.Other", "no methods Other")]
    [InlineData(Support + ".NotingHandlers.Missing", "no methods Missing")]
    [InlineData(Support + ".TestJobs", "a type with no methods")]
    [InlineData("my_app.handlers.note", "was not found")]
    public void An_exception_handler_of_another_form_is_refused_WRK_18(string name, string told)
    {
        string message = Refused(["--exception-handler", name]);
        message.ShouldContain("--exception-handler");
        message.ShouldContain(told);
    }

    private static string Refused(string[] arguments) => Should.Throw<UsageException>(() => Read(arguments)).Message;

    private static WorkerConfiguration Read(string[] arguments, params (string Name, string Value)[] environment)
    {
        WorkerSettings settings = CommandLine.Read<WorkerSettings>(arguments);
        bool namesTypes = environment.Length > 0 || settings.WorkerClass is not null || Array.Exists(settings.ExceptionHandlers, name => name != "A.B");
        Assembly[] assemblies = namesTypes ? [typeof(TestJobs).Assembly] : [];
        return WorkerConfiguration.Read(settings, settings.Queues, assemblies, name => Array.Find(environment, each => each.Name == name).Value);
    }
}
