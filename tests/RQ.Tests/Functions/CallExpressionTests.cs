using System.Linq.Expressions;
using Shouldly;
using Xunit;

namespace RQ.Tests.Functions;

public class CallExpressionTests
{
    private const string Here = "RQ.Tests.Functions.CallExpressionTests.Targets.";

    [Fact]
    public void A_lambda_is_named_and_its_arguments_are_evaluated_now()
    {
        int captured = 20;
        var box = new { Value = new[] { 1, 2 } };
        JobCall call = Call(() => Targets.Add(captured + 1, box.Value[1]));
        captured = 99;

        call.Function.ShouldBe(Here + "Add");
        call.Arguments.ShouldBe([21, 2]);
    }

    [Fact]
    public void Fields_and_properties_are_read_once_each_and_seen_as_the_parameters_type()
    {
        var counted = new Counted();
        int? some = 5, none = null;
        object boxed = "text";
        Call(() => Targets.Take(counted.Next, counted.Inner.Next, (long)counted.Next, some.Value, none, Counted.Shared.Length)).Arguments
            .ShouldBe([1, 1, 2L, 5, null, 3]);
        Call(() => Targets.Take(boxed, (string)boxed, (IEnumerable<char>)"ab", (int?)counted.Next, some!.Value, (short)counted.Next)).Arguments
            .ShouldBe(["text", "text", "ab", 3, 5, (short)4]);
        counted.Count.ShouldBe(4);

        Should.Throw<NullReferenceException>(() => Call(() => Targets.Take(counted.Nothing!.Next, null, null, null, null, null)));
        Should.Throw<TimeoutException>(() => Call(() => Targets.Take(counted.Late, null, null, null, null, null)));
        Refused(() => Targets.Take(counted.Broken, null, null, null, null, null)).ShouldBe("The argument 'a' of '" + Here + "Take' cannot be evaluated before the job runs: broken");
    }

    [Fact]
    public void Tokens_and_contexts_are_left_out()
    {
        Call(() => Targets.WithToken("x", null!, CancellationToken.None)).Arguments.ShouldBe(["x"]);
    }

    [Fact]
    public void A_name_of_its_own_is_used() => Call(() => Targets.Named()).Function.ShouldBe("my_module.named");

    [Fact]
    public void Instance_methods_are_called_on_the_parameter()
    {
        Expression<Action<Instance>> lambda = instance => instance.Work(5);
        JobCall.FromExpression(lambda).Function.ShouldBe("RQ.Tests.Functions.CallExpressionTests.Instance.Work");
        Call(() => new Instance().Work(5)).Arguments.ShouldBe([5]);
    }

    [Fact]
    public void A_method_is_that_of_the_type_it_is_called_on_or_refused()
    {
        Expression<Func<Monthly, int>> overridden = report => report.Run(), own = report => report.Own();
        JobCall.FromExpression(overridden).Function.ShouldBe("RQ.Tests.Functions.CallExpressionTests.Monthly.Run");
        JobCall.FromExpression(own).Function.ShouldBe("RQ.Tests.Functions.CallExpressionTests.Monthly.Own");
        Call(() => new Monthly().Run()).Function.ShouldBe("RQ.Tests.Functions.CallExpressionTests.Monthly.Run");
        Expression<Func<IReport, int>> seen = report => report.Run();
        JobCall.FromExpression(seen).Function.ShouldBe("RQ.Tests.Functions.CallExpressionTests.IReport.Run");

        // The worker would make the other one, and run what that does.
        Expression<Func<Monthly, int>> inherited = report => report.Inherited();
        Should.Throw<ArgumentException>(() => JobCall.FromExpression(inherited)).Message.ShouldContain("'Monthly' inherits Inherited from 'Report', and a stored call names the type that has the method");
        Should.Throw<ArgumentException>(() => Callback.To(new Monthly().Inherited));
        Callback.To(new Monthly().Run).ToString().ShouldNotBeNull();
        Expression<Func<Report, int>> asBase = report => report.Inherited();
        JobCall.FromExpression(asBase).Function.ShouldBe("RQ.Tests.Functions.CallExpressionTests.Report.Inherited");
    }

    public interface IReport
    {
        int Run();
    }

    public class Report : IReport
    {
        public virtual int Run() => 1;

        public int Inherited() => Run();
    }

    public class Monthly : Report
    {
        public override int Run() => 2;

        public int Own() => Inherited();
    }

    [Fact]
    public void What_cannot_be_a_job_is_refused_with_the_reason()
    {
        var instance = new Instance();
        int number = 0;
        string text = "";
        Refused(() => instance.Work(1)).ShouldContain("(Instance x) => x.Work(…)");
        Refused(() => Targets.Generic(1)).ShouldContain("generic");
        Refused(() => Targets.ByReference(ref number)).ShouldContain("ref");
        Refused(() => Targets.TakesCode(() => 1)).ShouldContain("code");
        Refused(() => Targets.Overloaded("text")).ShouldContain("[Job(\"name\")]");
        // The array is one argument, as the other's text is.
        Refused(() => Targets.Log("a", "b")).ShouldContain("'Void Log(System.String)' takes as many arguments");
        Refused(() => Targets.Log("a")).ShouldContain("'Void Log(System.String[])' takes as many arguments");
        Should.Throw<ArgumentException>(() => JobCall.FromExpression((Expression<Func<int>>)(() => text.Length + 1))).Message.ShouldContain("one method call");
    }

    [Fact]
    public void Overloads_that_differ_in_number_are_fine()
    {
        Call(() => Targets.DifferInNumber(1)).Arguments.Count.ShouldBe(1);
        Call(() => Targets.Several(1, 2, 3)).Arguments.ShouldHaveSingleItem().ShouldBe(new[] { 1, 2, 3 });
    }

    private static JobCall Call(Expression<Action> lambda) => JobCall.FromExpression(lambda);

    private static string Refused(Expression<Action> lambda) => Should.Throw<ArgumentException>(() => JobCall.FromExpression(lambda)).Message;

    public static class Targets
    {
        public static int Add(int x, int y) => x + y;

        public static void Take(object? a, object? b, object? c, object? d, object? e, object? f) => _ = (a, b, c, d, e, f);

        public static void WithToken(string text, JobContext context, CancellationToken token) => _ = (text, token, context);

        [Job("my_module.named")]
        public static void Named()
        {
        }

        public static void Generic<T>(T value) => _ = value;

        public static void ByReference(ref int value) => value++;

        public static void TakesCode(Func<int> code) => code();

        public static void Overloaded(string text) => _ = text;

        public static void Overloaded(int number) => _ = number;

        public static void Log(string line) => _ = line;

        public static void Log(params string[] lines) => _ = lines;

        public static void Several(int one, int two) => _ = (one, two);

        public static void Several(params int[] all) => _ = all;

        public static void DifferInNumber(int one) => _ = one;

        public static void DifferInNumber(int one, int two) => _ = (one, two);
    }

    public sealed class Counted
    {
        public static string Shared { get; } = "abc";

        public int Count { get; private set; }

        public int Next => ++Count;

        public Counted Inner => field ??= new Counted();

        public Counted? Nothing => null;

        public int Late => throw new TimeoutException();

        public int Broken => throw new InvalidOperationException("broken");
    }

    public sealed class Instance
    {
        public int Work(int value) => value;
    }
}
