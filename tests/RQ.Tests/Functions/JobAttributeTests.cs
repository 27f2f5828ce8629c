using System.Linq.Expressions;
using Microsoft.Extensions.DependencyInjection;
using RQ.Functions;
using RQ.Queues;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Functions;

public class JobAttributeTests
{
    [Fact]
    public void What_is_not_set_on_the_method_is_left_to_the_call_and_the_queue()
    {
        JobOptions options = JobDefaults.Merge(new JobAttribute("name"), null);

        options.ShouldBe(new JobOptions());
    }

    [Fact]
    public void Zero_and_minus_one_are_said_as_in_rq()
    {
        JobOptions options = JobDefaults.Merge(new JobAttribute { ResultTtlSeconds = 0, FailureTtlSeconds = -1, TimeoutSeconds = -1 }, new JobOptions { Timeout = TimeSpan.FromSeconds(3) });

        options.ResultTtl.ShouldBe(TimeSpan.Zero);
        options.FailureTtl.ShouldBe(Timeout.InfiniteTimeSpan);
        options.Timeout.ShouldBe(TimeSpan.FromSeconds(3));
        options.Ttl.ShouldBeNull();
    }

    [Fact]
    public void Looking_for_the_queue_evaluates_no_argument()
    {
        Expression<Action> lambda = () => Target(Throws());

        CallExpression.QueueOf(lambda).ShouldBe("q");
    }

    [Fact]
    public void A_name_stays_with_the_method_that_was_given_it()
    {
        var functions = new JobFunctions();
        Found(functions, CallOf<Mail>(mail => mail.Send("a"))).ShouldBe(("job_attribute_tests.send", typeof(Mail)));
        Found(functions, CallOf<LoudMail>(mail => mail.Send("a"))).ShouldBe(("RQ.Tests.Functions.JobAttributeTests.LoudMail.Send", typeof(LoudMail)));
        Found(functions, CallOf<QuietMail>(mail => mail.Send("a"))).ShouldBe(("job_attribute_tests.send_quietly", typeof(QuietMail)));
        Found(functions, JobCall.To("job_attribute_tests.post", "a")).ShouldBe(("job_attribute_tests.post", typeof(Mail)));
    }

    [Fact]
    public void An_override_has_the_options_of_what_it_overrides_unless_it_is_marked_itself()
    {
        OptionsOf<Mail>(mail => mail.Send("a")).ShouldBe(("mail", TimeSpan.FromSeconds(7)));
        OptionsOf<LoudMail>(mail => mail.Send("a")).ShouldBe(("mail", TimeSpan.FromSeconds(7)));
        OptionsOf<QuietMail>(mail => mail.Send("a")).ShouldBe(("quiet", null));
    }

    [Fact]
    public async Task What_is_called_by_the_name_of_an_abstract_method_is_done_by_its_service()
    {
        JobFunction function = new JobFunctions().ResolveCallback("job_attribute_tests.greet");
        await using ServiceProvider services = new ServiceCollection().AddSingleton<Greeter, LoudGreeter>().BuildServiceProvider();

        function.Invoke(["Ada"], services).ShouldBe("ADA");
    }

    private static (string Name, Type? Declaring) Found(JobFunctions functions, JobCall call) =>
        (call.Function, functions.Resolve(CallData.Read(CallData.Write(call, JobSerializer.Pickle), null)).Method.DeclaringType);

    private static (string? Queue, TimeSpan? Timeout) OptionsOf<T>(Expression<Action<T>> lambda) =>
        (CallExpression.QueueOf(lambda), NewJob.Create(JobHome.Unattached("q"), CallOf(lambda), null).Item.Options.Timeout);

    private static JobCall CallOf<T>(Expression<Action<T>> lambda) => JobCall.FromExpression(lambda);

    public class Mail
    {
        [Job("job_attribute_tests.send", Aliases = ["job_attribute_tests.post"], Queue = "mail", TimeoutSeconds = 7)]
        public virtual int Send(string text) => text.Length;
    }

    public class LoudMail : Mail
    {
        public override int Send(string text) => base.Send(text + "!");
    }

    public class QuietMail : Mail
    {
        [Job("job_attribute_tests.send_quietly", Queue = "quiet")]
        public override int Send(string text) => 0;
    }

    public abstract class Greeter
    {
        [Job("job_attribute_tests.greet")]
        public abstract string Greet(string name);
    }

    public class LoudGreeter : Greeter
    {
        public override string Greet(string name) => name.ToUpperInvariant();
    }

    [Job(Queue = "q")]
    private static void Target(int argument) => _ = argument;

    private static int Throws() => throw new InvalidOperationException("evaluated");
}
