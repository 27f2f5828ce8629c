using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace RQ.Hosting.Tests;

public class OptionsTests
{
    private static readonly (string Key, string Value)[] s_settings =
    [
        ("Rq:Url", "redis://configured:1234/5"), ("Rq:KeyPrefix", "app:"), ("Rq:MaxJobSize", "1000"), ("Rq:ConnectTimeout", "00:00:02"),
        ("Rq:Queue:DefaultTimeout", "00:10:00"), ("Rq:Queues:low:MaxLength", "7"), ("Rq:Queues:low:WhenFull", "Wait"),
        ("Rq:Worker:Concurrency", "3"), ("Rq:Worker:Queues:0", "all"), ("Rq:Worker:ResultTtl", "01:00:00"), ("Rq:Worker:QueueWeights:low", "2"),
        ("Rq:Workers:main:Concurrency", "5"), ("Rq:Workers:main:Queues:0", "high"), ("Rq:Workers:main:Queues:1", "low"),
        ("Rq:Workers:main:DequeueStrategy", "RoundRobin"), ("Rq:Workers:main:MaxJobs", "9"), ("Rq:Workers:main:WorkHorses:MaxJobs", "4"),
    ];

    [Fact]
    public void Everything_can_come_from_the_configuration()
    {
        using IHost host = HostedWorld.Build(new(), services => services.AddRq().AddQueue("low").AddWorker("main").AddWorker(), s_settings);
        RqOptions rq = host.Services.GetRequiredService<IOptions<RqOptions>>().Value;
        (rq.Url, rq.KeyPrefix, rq.MaxJobSize, rq.ConnectTimeout).ShouldBe(("redis://configured:1234/5", "app:", 1000, TimeSpan.FromSeconds(2)));

        QueueOptions low = Queue(host, "low");
        (low.DefaultTimeout, low.MaxLength, low.WhenFull).ShouldBe((TimeSpan.FromMinutes(10), 7, WhenFull.Wait));
        RqWorkerOptions main = Worker(host, "main");
        (main.Concurrency, main.ResultTtl, main.DequeueStrategy, main.MaxJobs).ShouldBe((5, TimeSpan.FromHours(1), DequeueStrategy.RoundRobin, 9L));
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
            .AddWorker("main", worker => (worker.Concurrency, worker.Queues) = (6, ["coded"])), s_settings);
        host.Services.GetRequiredService<IOptions<RqOptions>>().Value.Url.ShouldBe("redis://coded");
        Queue(host, "low").MaxLength.ShouldBe(8);
        Worker(host, "main").Concurrency.ShouldBe(6);
        Worker(host, "main").Queues.ShouldBe(["coded"]);
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
    [InlineData("Rq:Workers:main:WorkHorses:MaxAge", "600", "'Rq:Workers:main:WorkHorses:MaxAge' is '600', which means days")]
    [InlineData("Rq:Queues:low:MaxLength", "0", "Rq:Queues:low: QueueOptions.MaxLength must be at least 1")]
    [InlineData("Rq:Queues:low:DefaultTimeout", "00:00:00", "Rq:Queues:low: ")]
    public async Task What_cannot_be_is_said_at_the_start_with_its_key_and_a_way_out(string key, string value, string message)
    {
        using IHost host = HostedWorld.Build(
            new(), services => services.AddRq().AddQueue("low").AddWorker("main"), [("Rq:Url", "redis://localhost:1"), (key, value)]);
        Exception exception = await Should.ThrowAsync<Exception>(() => host.StartAsync());
        exception.ToString().ShouldContain(message);
        exception.GetBaseException().ShouldBeOfType<OptionsValidationException>();
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
