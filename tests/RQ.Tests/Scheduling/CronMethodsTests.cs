using System.Reflection;
using System.Reflection.Emit;
using RQ.Functions;
using RQ.Scheduling;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Scheduling;

/// <summary>Methods that have schedules by their attributes.</summary>
public class CronMethodsTests
{
    private static MethodInfo Method(string name) => typeof(Marked).GetMethod(name, BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!;

    private static CronSchedule[] Read(params string[] names) => [.. CronMethods.Read(names.Select(Method)).Select(each => each.Schedule)];

    [Fact]
    public void An_attribute_says_what_a_schedule_says()
    {
        CronSchedule plain = Read(nameof(Marked.Plain)).ShouldHaveSingleItem();
        (plain.Name, plain.Cron, plain.TimeZone, plain.Overlap, plain.MissedRuns, plain.Jitter, plain.Queue)
            .ShouldBe(("RQ.Tests.Scheduling.Marked.Plain", "0 3 * * *", "UTC", CronOverlap.Allow, MissedRuns.RunOnce, TimeSpan.Zero, null));
        plain.Call.ToString().ShouldBe("RQ.Tests.Scheduling.Marked.Plain()");

        CronSchedule[] twice = Read(nameof(Marked.TwiceAsync));
        twice.Select(each => (each.Name, each.Cron, each.TimeZone, each.Overlap, each.MissedRuns.Most, each.Jitter.TotalSeconds)).ShouldBe([
            ("one", "* * * * *", "Europe/Berlin", CronOverlap.Skip, 0, 7.0), ("two", "0 0 * * *", "UTC", CronOverlap.Allow, 5, 0.0)], ignoreOrder: true);
        Read("Named").Single().Name.ShouldBe("site.named");
        Read("Named").Single().Call.Method!.Queue.ShouldBe("low");
    }

    [Theory]
    [InlineData("NeedsArguments", "default values")]
    [InlineData("NoTime", "* * *")]
    [InlineData("NoZone", "Europe/Atlantis")]
    [InlineData("TooManyMissed", "MissedRuns is 10001: 0 for none, 1 for the last, up to 10,000.")]
    [InlineData("NegativeMissed", "MissedRuns is -1: 0 for none, 1 for the last, up to 10,000.")]
    [InlineData("NoName", "needs a name")]
    [InlineData("Generic", "generic")]
    [InlineData("SameNameTwice", "'same'")]
    public void What_cannot_be_is_refused_with_the_name_of_the_method(string method, string says)
    {
        ArgumentException exception = Should.Throw<ArgumentException>(() => Read(method));
        exception.Message.ShouldContain($"RQ.Tests.Scheduling.Marked.{method}");
        exception.Message.ShouldContain(says);
    }

    [Fact]
    public void An_override_has_only_the_schedules_that_it_is_given() =>
        CronMethods.Read([typeof(MarkedAgain).GetMethod(nameof(MarkedAgain.Overridden))!]).ShouldHaveSingleItem().Schedule.Name.ShouldBe("again");

    [Fact]
    public void Two_methods_do_not_share_a_name() =>
        Should.Throw<ArgumentException>(() => Read(nameof(Marked.TwiceAsync), "AlsoOne")).Message.ShouldContain("'RQ.Tests.Scheduling.Marked.TwiceAsync', 'RQ.Tests.Scheduling.Marked.AlsoOne'");

    [Fact]
    public void What_cannot_be_in_one_assembly_keeps_no_other_from_its_table()
    {
        MethodInfo good = Other("Good", "0 1 * * *", "good"), same = Other("Same", "0 2 * * *", "two");

        (CronMethodTables tables, List<string> problems) = CronMethodTables.Read([Method(nameof(Marked.Plain)), Method("NoTime"), good]);
        problems.ShouldHaveSingleItem().ShouldContain("Marked.NoTime");
        tables.Good.Select(table => (table.Source, table.Schedules.ShouldHaveSingleItem().Name)).ShouldBe([("code:Good", "good")]);
        tables.Sources.ShouldBe(["code:RQ.Tests", "code:Good"], ignoreOrder: true);

        // Neither of two that share a name.
        (tables, problems) = CronMethodTables.Read([Method(nameof(Marked.TwiceAsync)), good, same]);
        problems.ShouldHaveSingleItem().ShouldContain("The name 'two' is given to several schedules");
        tables.Good.ShouldHaveSingleItem().Source.ShouldBe("code:Good");
    }

    /// <summary>A method of another assembly.</summary>
    private static MethodInfo Other(string assembly, string cron, string name)
    {
        TypeBuilder type = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(assembly), AssemblyBuilderAccess.Run).DefineDynamicModule(assembly).DefineType("Jobs", TypeAttributes.Public);
        MethodBuilder method = type.DefineMethod("Run", MethodAttributes.Public | MethodAttributes.Static, typeof(void), []);
        method.GetILGenerator().Emit(OpCodes.Ret);
        method.SetCustomAttribute(new CustomAttributeBuilder(typeof(CronAttribute).GetConstructor([typeof(string)])!, [cron], [typeof(CronAttribute).GetProperty(nameof(CronAttribute.Name))!], [name]));
        return type.CreateType().GetMethod("Run")!;
    }

    [Fact]
    public void A_marked_method_may_be_called_by_its_name()
    {
        var functions = new JobFunctions();
        CallData call = CallData.Read(CallData.Write(JobCall.To("RQ.Tests.Scheduling.Marked.Plain"), JobSerializer.Json), null);
        functions.Resolve(call).Method.ShouldBe(Method(nameof(Marked.Plain)));
        functions.FindScheduled().ShouldContain(Method("Named"));
        JobMethod.MarkOf(Method("Unmarked")).ShouldBeNull();
    }
}

/// <summary>A method with a schedule.</summary>
internal class MarkedBefore
{
    [Cron("0 1 * * *", Name = "before")]
    public virtual void Overridden()
    {
    }
}

/// <summary>The same with another one.</summary>
internal sealed class MarkedAgain : MarkedBefore
{
    [Cron("0 2 * * *", Name = "again")]
    public override void Overridden()
    {
    }
}

/// <summary>Methods with attributes, good and bad.</summary>
internal sealed class Marked
{
    [Cron("0 3 * * *")]
    public static void Plain()
    {
    }

    [Cron("* * * * *", Name = "one", TimeZone = "Europe/Berlin", Overlap = CronOverlap.Skip, MissedRuns = 0, JitterSeconds = 7)]
    [Cron("0 0 * * *", Name = "two", MissedRuns = 5)]
    public Task TwiceAsync(string kind = "x", CancellationToken cancellationToken = default) => Task.CompletedTask.WaitAsync(cancellationToken).ContinueWith(_ => kind, TaskScheduler.Default);

    [Job("site.named", Queue = "low")]
    [Cron("* * * * *")]
    internal static void Named()
    {
    }

    [Cron("* * * * *", Name = "one")]
    internal static void AlsoOne()
    {
    }

    [Cron("* * * * *")]
    internal static int NeedsArguments(int count) => count;

    [Cron("* * *")]
    internal static void NoTime()
    {
    }

    [Cron("* * * * *", TimeZone = "Europe/Atlantis")]
    internal static void NoZone()
    {
    }

    [Cron("* * * * *", MissedRuns = 10_001)]
    internal static void TooManyMissed()
    {
    }

    [Cron("* * * * *", MissedRuns = -1)]
    internal static void NegativeMissed()
    {
    }

    [Cron("* * * * *", Name = "")]
    internal static void NoName()
    {
    }

    [Cron("* * * * *")]
    internal static T? Generic<T>() => default;

    [Cron("* * * * *", Name = "same")]
    [Cron("0 * * * *", Name = "same")]
    internal static void SameNameTwice()
    {
    }

    internal static void Unmarked()
    {
    }
}
