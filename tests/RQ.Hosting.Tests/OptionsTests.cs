using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;

namespace RQ.Hosting.Tests;

public class OptionsTests
{
    private static readonly (string Key, string Value)[] s_settings =
    [
        ("Rq:Url", "redis://configured:1234/5"), ("Rq:KeyPrefix", "app:"), ("Rq:MaxJobSize", "1000"), ("Rq:ConnectTimeout", "00:00:02"),
        ("Rq:Durability:Replicas", "2"), ("Rq:Durability:Timeout", "00:00:00.5"),
        ("Rq:Queue:DefaultTimeout", "00:10:00"), ("Rq:Queues:low:MaxLength", "7"), ("Rq:Queues:low:WhenFull", "Wait"),
        ("Rq:Worker:Concurrency", "3"), ("Rq:Worker:Queues:0", "all"), ("Rq:Worker:ResultTtl", "01:00:00"),
        ("Rq:Workers:main:Concurrency", "5"), ("Rq:Workers:main:Queues:0", "high"), ("Rq:Workers:main:Queues:1", "low"),
        ("Rq:Workers:main:DequeueStrategy", "Weighted"), ("Rq:Workers:main:QueueWeights:low", "2"), ("Rq:Workers:main:MaxJobs", "9"), ("Rq:Workers:main:WorkHorses:MaxJobs", "4"),
    ];

    [Fact]
    public void Everything_can_come_from_the_configuration()
    {
        using IHost host = HostedWorld.Build(new(), services => services.AddRq().AddQueue("low").AddWorker("main").AddWorker(), s_settings);
        RqOptions rq = host.Services.GetRequiredService<IOptions<RqOptions>>().Value;
        (rq.Url, rq.KeyPrefix, rq.MaxJobSize, rq.ConnectTimeout).ShouldBe(("redis://configured:1234/5", "app:", 1000, TimeSpan.FromSeconds(2)));
        rq.Durability.ShouldBe(new EnqueueDurability { Replicas = 2, Timeout = TimeSpan.FromSeconds(0.5) });

        QueueOptions low = Queue(host, "low");
        (low.DefaultTimeout, low.MaxLength, low.WhenFull).ShouldBe((TimeSpan.FromMinutes(10), 7, WhenFull.Wait));
        RqWorkerOptions main = Worker(host, "main");
        (main.Concurrency, main.ResultTtl, main.DequeueStrategy, main.MaxJobs).ShouldBe((5, TimeSpan.FromHours(1), DequeueStrategy.Weighted, 9L));
        main.Queues.ShouldBe(["high", "low"], "the worker's own list goes before that of all workers");
        main.QueueWeights["low"].ShouldBe(2);
        main.WorkHorses.MaxJobs.ShouldBe(4);
        RqWorkerOptions second = Worker(host, "worker-2");
        (second.Concurrency, second.MaxJobs).ShouldBe((3, null));
        second.Queues.ShouldBe(["all"]);
    }

    [Fact]
    public void Code_goes_before_the_configuration()
    {
        using IHost host = HostedWorld.Build(new(), services => services.AddRq("redis://coded")
            .AddQueue("low", queue => queue.MaxLength = 8)
            .AddWorker("main", worker => (worker.Concurrency, worker.Queues) = (6, ["coded", "low"])), s_settings);
        host.Services.GetRequiredService<IOptions<RqOptions>>().Value.Url.ShouldBe("redis://coded");
        Queue(host, "low").MaxLength.ShouldBe(8);
        Worker(host, "main").Concurrency.ShouldBe(6);
        Worker(host, "main").Queues.ShouldBe(["coded", "low"]);
    }

    [Fact]
    public void Work_horses_tell_workers_apart_that_serve_the_same_queues_and_have_no_name()
    {
        using IHost host = HostedWorld.Build(new(), services => services.AddRq("redis://localhost").AddWorker(worker => worker.MaxJobs = 1).AddWorker().AddWorker("named", worker => worker.Name = "registered"));
        (Worker(host, "worker-1").Name, Worker(host, "worker-1").GivenName).ShouldBe((null, "worker-1"));
        (Worker(host, "worker-2").Name, Worker(host, "worker-2").GivenName).ShouldBe((null, "worker-2"));
        (Worker(host, "named").Name, Worker(host, "named").GivenName).ShouldBe(("registered", "named"));
    }

    [Fact]
    public void What_is_said_of_all_workers_comes_before_what_is_said_of_each_and_after_the_configuration()
    {
        using IHost host = HostedWorld.Build(new(), services => services.AddRq("redis://localhost")
            .AddWorker("main", worker => worker.Concurrency++).AddWorker("other")
            .ConfigureWorkers(worker => (worker.Concurrency, worker.MaxJobs) = (10, 10))
            .AddWorker("last", worker => worker.MaxJobs = null), s_settings);
        (Worker(host, "main").Concurrency, Worker(host, "main").MaxJobs).ShouldBe((11, 10L));
        (Worker(host, "other").Concurrency, Worker(host, "other").MaxJobs).ShouldBe((10, 10L));
        (Worker(host, "last").Concurrency, Worker(host, "last").MaxJobs).ShouldBe((10, null));
    }

    [Fact]
    public async Task Settings_for_what_the_host_does_not_have_are_told_at_the_start_with_their_keys()
    {
        var log = new FakeLogCollector();
        using IHost host = HostedWorld.Build(
            log, services => services.AddRq($"redis://127.0.0.1:{RedisServer.FreePort()}").AddQueue("low").AddQueue("of:two").AddWorker().AddWorker("main"),
            ("Rq:ConnectTimeout", "00:00:00.2"), ("Rq:Workers:mian:Concurrency", "3"), ("Rq:Workers:Main:Concurrency", "3"), ("Rq:Workers:worker-1:Concurrency", "3"),
            ("Rq:Queues:lwo:MaxLength", "3"), ("Rq:Queues:low:MaxLength", "3"), ("Rq:Queues:of:two:MaxLength", "3"));
        await host.StartAsync().WaitAsync(Eventually.Limit);
        await host.StopAsync().WaitAsync(Eventually.Limit);

        FakeLogRecord[] told = [.. log.GetSnapshot().Where(record => record.Id.Id == 118)];
        told.ShouldAllBe(record => record.Level == LogLevel.Warning);
        told.Select(record => record.Message).ShouldBe(
        [
            "The configuration 'Rq:Workers:mian' is for a worker that this host does not have, and is not used. It has: worker-1, main",
            "The configuration 'Rq:Queues:lwo' is for a queue that this host does not have, and is not used. It has: low, of:two",
        ]);
    }

    [Fact]
    public void Another_section_may_be_named()
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Jobs:Url", "redis://elsewhere"), new("Jobs:Workers:main:Concurrency", "2")]).Build();
        using IHost host = HostedWorld.Build(new(), services => services.AddRq(configuration.GetSection("Jobs")).AddWorker("main"), s_settings);
        host.Services.GetRequiredService<IOptions<RqOptions>>().Value.Url.ShouldBe("redis://elsewhere");
        Worker(host, "main").Concurrency.ShouldBe(2);
    }

    [Fact]
    public void A_worker_serves_the_queues_that_were_added_unless_it_names_its_own()
    {
        using IHost host = HostedWorld.Build(new(), services => services.AddRq("redis://localhost").AddWorker("all").AddQueue("high").AddQueue("low"));
        Worker(host, "all").Queues.ShouldBe(["high", "low"]);
        using IHost none = HostedWorld.Build(new(), services => services.AddRq("redis://localhost").AddWorker("all"));
        Worker(none, "all").Queues.ShouldBe(["default"]);
    }

    [Theory]
    [InlineData("Rq:Url", "", "'Rq:Url' is not set. Set it in the configuration, for example to 'redis://localhost:6379', or call AddRq(\"redis://…\").")]
    [InlineData("Rq:Url", "http://x", "Rq: The scheme 'http://' is not known")]
    [InlineData("Rq:KeyPrefix", "", "Rq: RqConnectionOptions.KeyPrefix must not be empty")]
    [InlineData("Rq:ConnectTimeout", "00:00:00", "Rq: ConnectTimeout must be above zero")]
    [InlineData("Rq:Adress", "x", "'Rq:Adress' is not a setting. There are: Url, CronSource, KeyPrefix,")]
    [InlineData("Rq:Worker:Concurency", "4", "'Rq:Worker:Concurency' is not a setting. There are: Queues, StopHostWhenDone,")]
    [InlineData("Rq:Workers:main:Concurrency", "many", "'Rq:Workers:main:Concurrency' to type 'System.Int32'")]
    [InlineData("Rq:Workers:main:Concurrency", "0", "Rq:Workers:main: Concurrency ('0') must be greater than or equal to '1'")]
    [InlineData("Rq:Workers:main:ShutdownGrace", "25", "'Rq:Workers:main:ShutdownGrace' is '25', which means days. Write a time as 'hh:mm:ss'; 25 seconds are '00:00:25'.")]
    [InlineData("Rq:Workers:main:MaxJobs", "0", "Change it in the configuration or where AddWorker(\"main\", …) is called.")]
    [InlineData("Rq:Workers:main:ResultTtl", "24:00:00", "'Rq:Workers:main:ResultTtl' is '24:00:00', which means 24 days. Write days in front: 24 hours are '1.00:00:00'.")]
    [InlineData("Rq:Workers:main:WorkHorses:MaxAge", "600", "'Rq:Workers:main:WorkHorses:MaxAge' is '600', which means days")]
    [InlineData("Rq:Workers:main:ShutdownGrace", "-1", "'Rq:Workers:main:ShutdownGrace' is '-1', which means days. Write a time as 'hh:mm:ss'; where there may be no limit, '-00:00:00.001' means that.")]
    [InlineData("Rq:Workers:main:MaxIdleTime", "-1", "Write a time as 'hh:mm:ss', or leave it out for no limit.")]
    [InlineData("Rq:Workers:main:ResultTtl", "1e300", "'Rq:Workers:main:ResultTtl' is '1e300', which means days. Write a time as 'hh:mm:ss'.")]
    [InlineData("Rq:Workers:main:ResultTtl", "999999999:00:00", "'Rq:Workers:main:ResultTtl' to type 'System.TimeSpan'")]
    [InlineData("Rq:Worker:Queues", "high", "'Rq:Worker:Queues' is 'high', but it is a list. Number what is in it: 'Rq:Worker:Queues:0', in the environment Rq__Worker__Queues__0=high.")]
    [InlineData("Rq:Worker:QueueWeights", "5", "'Rq:Worker:QueueWeights' is '5', but it has a number for each name: 'Rq:Worker:QueueWeights:NAME', in the environment Rq__Worker__QueueWeights__NAME=1.")]
    [InlineData("Rq:Durability", "1", "'Rq:Durability' has a value, but it is a group of settings: write them as 'Rq:Durability:Replicas', in the environment Rq__Durability__Replicas. There are: Replicas,")]
    [InlineData("Rq:Workers:main:WorkHorses", "1", "'Rq:Workers:main:WorkHorses' has a value, but it is a group of settings: write them as 'Rq:Workers:main:WorkHorses:MaxJobs',")]
    [InlineData("Rq:Worker", "1", "'Rq:Worker' has a value, but it is a group of settings")]
    [InlineData("Rq:Workers", "1", "'Rq:Workers' has a value, but it is a group of settings: write them as 'Rq:Workers:…',")]
    [InlineData("Rq:Workers:main", "1", "'Rq:Workers:main' has a value, but it is a group of settings: write them as 'Rq:Workers:main:Queues',")]
    [InlineData("Rq:Workers:main:QueueWeights:low", "3", "Rq:Workers:main: QueueWeights have no meaning with DequeueStrategy Default; it must be Weighted.")]
    [InlineData("Rq:Queues:low:MaxLength", "0", "Rq:Queues:low: QueueOptions.MaxLength must be at least 1")]
    [InlineData("Rq:Queues:low:DefaultTimeout", "00:00:00", "Rq:Queues:low: ")]
    public async Task What_cannot_be_is_said_at_the_start_with_its_key_and_a_way_out(string key, string value, string message)
    {
        using IHost host = HostedWorld.Build(
            new(), services => services.AddRq().AddQueue("low").AddWorker("main"), [("Rq:Url", "redis://localhost:1"), (key, value)]);
        Exception exception = await Should.ThrowAsync<Exception>(() => host.StartAsync());
        exception.ToString().ShouldContain(message);
        // Told more than once when several are made of it.
        Exception[] all = exception is AggregateException several ? [.. several.InnerExceptions] : [exception.GetBaseException()];
        all.ShouldAllBe(each => each is OptionsValidationException);
    }

    [Fact]
    public void Weights_are_of_queues_that_the_worker_serves()
    {
        using IHost host = HostedWorld.Build(
            new(), services => services.AddRq("redis://localhost").AddQueue("high").AddQueue("low")
                .AddWorker("right", worker => worker.QueueWeights["low"] = 2).AddWorker("wrong", worker => worker.QueueWeights["lwo"] = 2),
            ("Rq:Worker:DequeueStrategy", "Weighted"));
        Worker(host, "right").QueueWeights["low"].ShouldBe(2);
        Should.Throw<OptionsValidationException>(() => Worker(host, "wrong")).Message.ShouldStartWith(
            "Rq:Workers:wrong: QueueWeights: the worker does not serve a queue 'lwo'. It serves: high, low. Change it in the configuration or where AddWorker(\"wrong\", …) is called.");
    }

    [Fact]
    public void A_variable_of_the_environment_that_is_called_like_the_section_changes_nothing()
    {
        using IHost host = HostedWorld.Build(new(), services => services.AddRq("redis://localhost"), ("RQ", "/usr/bin/rq"));
        host.Services.GetRequiredService<IOptions<RqOptions>>().Value.Url.ShouldBe("redis://localhost");
    }

    [Fact]
    public void A_password_in_a_bad_address_is_not_shown()
    {
        using IHost host = HostedWorld.Build(new(), services => services.AddRq("redis://user:secret word@host:port"));
        Should.Throw<OptionsValidationException>(() => host.Services.GetRequiredService<IOptions<RqOptions>>().Value).ToString().ShouldNotContain("secret");
    }

    [Fact]
    public void Names_are_used_once()
    {
        RqBuilder rq = new ServiceCollection().AddRq("redis://localhost").AddWorker("main");
        Should.Throw<ArgumentException>(() => rq.AddWorker("main")).Message.ShouldContain("A worker named 'main' was added before.");
        rq.Services.AddRq().AddQueue("low").AddQueue("low");
        rq.Services.Count(service => service.IsKeyedService && service.ServiceType == typeof(IQueue)).ShouldBe(1);
    }

    private static RqWorkerOptions Worker(IHost host, string name) => host.Services.GetRequiredService<IOptionsMonitor<RqWorkerOptions>>().Get(name);

    private static QueueOptions Queue(IHost host, string name) => host.Services.GetRequiredService<IOptionsMonitor<QueueOptions>>().Get(name);
}
