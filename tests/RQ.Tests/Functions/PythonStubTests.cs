using System.Linq.Expressions;
using System.Reflection;
using RQ.Queues;
using RQ.Scheduling;
using Shouldly;
using Xunit;

namespace RQ.Tests.Functions;

public class PythonStubTests
{
    [Fact]
    public void A_stub_is_named_by_its_attribute()
    {
        Call<ITexts>(texts => texts.Count("a b")).Function.ShouldBe("texts.count_words");
        Call<Texts>(texts => texts.Whole()).Function.ShouldBe("pkg.sub.Texts.whole");
        Call(() => Texts.Fixed(1)).Function.ShouldBe("texts.fixed");
        Call<ITexts>(texts => texts.Count("a b")).Arguments.ShouldBe(["a b"]);
    }

    [Fact]
    public void A_module_names_its_methods_in_pythons_way()
    {
        Call<IMail>(mail => mail.SendDailyReportAsync(1)).Function.ShouldBe("company.mail.send_daily_report");
        Call<IMail>(mail => mail.GetHTMLBody()).Function.ShouldBe("company.mail.get_html_body");
        Call<IMail>(mail => mail.Renamed()).Function.ShouldBe("company.mail.other");
        Call<IMail>(mail => mail.Elsewhere()).Function.ShouldBe("other.module.f");
        Call<IMail>(mail => mail.SyncAsync()).Function.ShouldBe("company.mail.sync");
    }

    [Fact]
    public void An_inherited_method_is_of_the_module_of_the_type_it_is_called_on()
    {
        Call<IMore>(more => more.FromBase(1)).Function.ShouldBe("more.from_base");
        Call<IOther>(other => other.FromBase(1)).Function.ShouldBe("others.from_base");
        Call<IMore>(more => more.FromGeneric("x")).Function.ShouldBe("more.from_generic");
        Call<IMore>(more => more.Marked()).Function.ShouldBe("more.marked_here");
        Call<IMore>(more => more.WithModule()).Function.ShouldBe("own.with_module");
        Call<More>(more => more.InClass()).Function.ShouldBe("more_class.in_class");
        Call<IMore>(more => more.FromBase(1)).IsPython.ShouldBeTrue();
        // Without a module anywhere it is a method of ours.
        Call<IBase>(plain => plain.FromBase(1)).Function.ShouldBe("RQ.Tests.Functions.PythonStubTests.IBase.FromBase");
        Call<IBase>(plain => plain.FromBase(1)).IsPython.ShouldBeFalse();
    }

    [Fact]
    public void An_inherited_method_whose_module_cannot_be_told_is_refused()
    {
        string text = Refused<IMost>(most => most.FromBase(1));
        text.ShouldContain("IMost names no module, and the one of IMore, through which it has the method, does not count for it");
        text.ShouldContain("Mark IMost or IBase with [PythonModule(\"more\")], or the method with [PythonFunction(\"my_module.from_base\")]");
        Call<IMost>(most => most.WithModule()).Function.ShouldBe("own.with_module");
    }

    [Fact]
    public void Of_a_class_only_what_has_no_code_or_is_marked_is_a_stub()
    {
        Call<Half>(half => half.InPython()).Function.ShouldBe("half.in_python");
        Call(() => Half.MarkedInPython()).Function.ShouldBe("half.marked_in_python");
        JobCall ours = Call<Half>(half => half.Here());
        (ours.Function, ours.IsPython).ShouldBe(("RQ.Tests.Functions.PythonStubTests.Half.Here", false));
        new JobFunctions().ResolveCallback("RQ.Tests.Functions.PythonStubTests.Half.Here").Method.Name.ShouldBe(nameof(Half.Here));
    }

    [Fact]
    public void The_override_of_a_stub_is_a_job_of_ours()
    {
        Call<Half>(half => half.Overridden()).Function.ShouldBe("texts.overridden");
        new JobFunctions().ResolveCallback("python_stub_tests.overridden").Method.DeclaringType.ShouldBe(typeof(Whole));
    }

    [Fact]
    public void A_params_collection_is_spread_as_an_array_is()
    {
        Call<ITexts>(texts => texts.Mean(new List<double> { 1, 2.5 })).Arguments.ShouldBe([1.0, 2.5]);
        Call<ITexts>(texts => texts.Sequence(Enumerable.Range(0, 3))).Arguments.ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void The_same_method_is_read_once()
    {
        MethodInfo method = typeof(IMore).GetMethod(nameof(IMore.Own))!;
        RQ.Functions.CalledMethod.Of(method, typeof(IMore)).ShouldBeSameAs(RQ.Functions.CalledMethod.Of(method, typeof(IMore)));
        RQ.Functions.CalledMethod.Of(method, typeof(IMost)).Name.ShouldBe("more.own");
    }

    [Fact]
    public void Arguments_are_passed_by_name_where_the_stub_says_so()
    {
        JobCall call = Call<ITexts>(texts => texts.Translate("hi", "de", null, null, 7));
        call.Arguments.ShouldBe(["hi"]);
        call.KeywordArguments.ShouldBe(new Dictionary<string, object?> { ["target_language"] = "de", ["from"] = null, ["max"] = 7 });

        Call<ITexts>(texts => texts.Translate("hi", "de", "en", "formal", 7)).KeywordArguments["tone"].ShouldBe("formal");
        JobCall all = Call<ITexts>(texts => texts.AllByKeyword(1, "x", CancellationToken.None));
        all.Arguments.ShouldBeEmpty();
        all.KeywordArguments.ShouldBe(new Dictionary<string, object?> { ["user_id"] = 1, ["class"] = "x" });
    }

    [Fact]
    public void A_params_array_is_spread_and_a_dictionary_becomes_keywords()
    {
        var more = new Dictionary<string, object?> { ["y"] = 2, ["z"] = null };
        JobCall call = Call<ITexts>(texts => texts.Anything(more, 1, "two", null));
        call.Arguments.ShouldBe([1, "two", null]);
        call.KeywordArguments.ShouldBe(more);

        call = Call<ITexts>(texts => texts.Anything(null));
        call.Arguments.ShouldBeEmpty();
        call.KeywordArguments.ShouldBeEmpty();
        var typed = new Dictionary<string, int> { ["a"] = 1 };
        Call<ITexts>(texts => texts.Numbers(typed, 4, 5)).ToString().ShouldBe("texts.numbers(4, 5, a=1)");
    }

    [Fact]
    public void What_cannot_be_told_apart_in_dotnet_is_fine_for_python()
    {
        ITexts none = null!;
        Call<ITexts>(texts => texts.Overloaded("x")).Function.ShouldBe("texts.overloaded");
        Call<ITexts>(texts => texts.Overloaded(1)).Function.ShouldBe("texts.overloaded");
        Call<ITexts>(texts => texts.Generic(new[] { 1 })).Arguments.Count.ShouldBe(1);
        Call(() => none.Count("no object is needed")).Function.ShouldBe("texts.count_words");
    }

    [Fact]
    public void Typed_results_come_from_the_method()
    {
        Expression<Func<ITexts, int>> plain = texts => texts.Count("x");
        Expression<Func<IMail, Task<int>>> task = mail => mail.SendDailyReportAsync(1);
        JobCall.FromExpression(plain).Function.ShouldBe("texts.count_words");
        JobCall.FromExpression(task).Arguments.ShouldBe([1]);
    }

    [Fact]
    public void Options_come_from_the_job_attribute_beside_it()
    {
        JobOptions options = NewJob.Create(JobHome.Unattached("q"), Call<ITexts>(texts => texts.Slow()), null).Item.Options;
        options.Timeout.ShouldBe(TimeSpan.FromMinutes(10));
        options.Retry!.Max.ShouldBe(2);
    }

    [Fact]
    public void Wrong_stubs_are_refused_with_the_way_out()
    {
        Refused<IWrong>(wrong => wrong.NoModule()).ShouldContain("'no_module' names no module. Write [PythonFunction(\"my_module.no_module\")], or mark IWrong with [PythonModule(\"my_module\")]");
        Refused<IWrong>(wrong => wrong.NoName()).ShouldContain("'my module.f' is no name of a Python function. It looks like \"my_package.my_module.my_function\"");
        Refused<IWrong>(wrong => wrong.Digit()).ShouldContain("no name of a Python function");
        Refused<IWrong>(wrong => wrong.Dots()).ShouldContain("no name of a Python function");
        Refused<IWrong>(wrong => wrong.Keyword()).ShouldContain("'m.class' is no name of a Python function, because 'class' is a word of the language. Write the real name: [PythonFunction(\"class_\")]");
        Refused<IWrong>(wrong => wrong.KeywordModule()).ShouldContain("'import' is a word of the language");
        Refused<IMail>(mail => mail.Async()).ShouldContain("'async' is a word of the language");
        Refused<IWrong>(wrong => wrong.TwoNames()).ShouldContain("it has two names, 'a.b' and that of [Job(\"c\")]");
        Refused<IWrong>(wrong => wrong.Code(() => 1)).ShouldContain("its parameter 'code' is code");
        Refused<IWrong>(wrong => wrong.CodeInside((Func<int>)(() => 1))).ShouldContain("is code, which cannot be stored");
        Refused<IWrong>(wrong => wrong.NoDictionary(5)).ShouldContain("marked [PythonKwargs], but it is Int32 and no dictionary");
        var second = new Dictionary<string, object?> { ["x"] = 2 };
        Refused<IWrong>(wrong => wrong.Twice(1, second)).ShouldContain("two arguments of the name 'x'");
    }

    [Fact]
    public void A_stub_may_have_a_cron_schedule()
    {
        MethodInfo method = ((Delegate)Nightly.CleanUp).Method;
        new JobFunctions().FindScheduled().ShouldContain(method);
        CronSchedule schedule = CronMethods.Read([method]).ShouldHaveSingleItem().Schedule;
        schedule.Call.Function.ShouldBe("python_stub_tests.clean_up");
        schedule.Name.ShouldBe("python_stub_tests.clean_up");
    }

    [Fact]
    public void A_stub_is_no_function_of_ours()
    {
        JobFunctions functions = new JobFunctions().AddAssemblyOf<PythonStubTests>();
        foreach (string name in new[] { "texts.slow", "RQ.Tests.Functions.PythonStubTests.ITexts.Slow", "RQ.Tests.Functions.PythonStubTests.Texts.Fixed", "texts.fixed" })
            Should.Throw<UnknownFunctionException>(() => functions.ResolveCallback(name));

        functions.Add("texts.fixed", (int x) => x).ResolveCallback("texts.fixed").Parameters.Count.ShouldBe(1);
    }

    [Fact]
    public void A_static_stub_is_a_callback_by_its_python_name()
    {
        var callback = Callback.To(Texts.Fixed);
        callback.Function.ShouldBe("texts.fixed");
        callback.IsJob.ShouldBeFalse();
        callback.Method.ShouldBeNull();
    }

    [Fact]
    public void A_callback_with_the_name_of_a_wrong_stub_is_refused()
    {
        Should.Throw<ArgumentException>(() => Callback.To(WrongCallbacks.NoModule)).Message.ShouldContain("'no_module' names no module");
        Should.Throw<ArgumentException>(() => Callback.To(WrongCallbacks.Keyword)).Message.ShouldContain("'from' is a word of the language");
        Should.Throw<ArgumentException>(() => Callback.To(WrongCallbacks.NoName)).Message.ShouldContain("is no name of a Python function");
    }

    private static JobCall Call(Expression<Action> lambda) => JobCall.FromExpression(lambda);

    private static JobCall Call<T>(Expression<Action<T>> lambda) => JobCall.FromExpression(lambda);

    private static string Refused<T>(Expression<Action<T>> lambda) => Should.Throw<ArgumentException>(() => JobCall.FromExpression(lambda)).Message;

    public interface ITexts
    {
        [PythonFunction("texts.count_words")]
        int Count(string text);

        [PythonFunction("texts.translate")]
        string Translate(
            string text, [PythonKeyword] string targetLanguage, [PythonKeyword("from")] string? source, [PythonKeyword(OmitNull = true)] string? tone, [PythonKeyword] int max);

        [PythonFunction("texts.all", ByKeyword = true)]
        void AllByKeyword(int userId, string @class, CancellationToken token);

        [PythonFunction("texts.anything")]
        void Anything([PythonKwargs] IReadOnlyDictionary<string, object?>? more, params object?[] items);

        [PythonFunction("texts.numbers")]
        void Numbers([PythonKwargs] Dictionary<string, int> named, params int[] numbers);

        [PythonFunction("texts.mean")]
        double Mean(params IReadOnlyList<double> values);

        [PythonFunction("texts.sequence")]
        void Sequence(params IEnumerable<int> values);

        [PythonFunction("texts.overloaded")]
        void Overloaded(string value);

        [PythonFunction("texts.overloaded")]
        void Overloaded(int value);

        [PythonFunction("texts.generic")]
        void Generic<T>(T value);

        [PythonFunction("texts.slow"), Job(TimeoutSeconds = 600, MaxRetries = 2, Queue = "slow")]
        void Slow();
    }

    [PythonModule("company.mail")]
    public interface IMail
    {
        Task<int> SendDailyReportAsync(int day);

        string GetHTMLBody();

        [PythonFunction("other")]
        void Renamed();

        [PythonFunction("other.module.f")]
        void Elsewhere();

        void Async();

        void SyncAsync();
    }

    public interface IBase
    {
        int FromBase(int x);

        [PythonFunction("marked_here")]
        void Marked();
    }

    public interface IGenericBase<T>
    {
        void FromGeneric(T value);
    }

    [PythonModule("own")]
    public interface IBaseWithModule
    {
        void WithModule();
    }

    [PythonModule("more")]
    public interface IMore : IBase, IGenericBase<string>, IBaseWithModule
    {
        void Own();
    }

    [PythonModule("others")]
    public interface IOther : IBase;

    public interface IMost : IMore;

    public abstract class Less
    {
        public abstract void InClass();
    }

    [PythonModule("more_class")]
    public abstract class More : Less;

    [PythonModule("half")]
    public abstract class Half
    {
        public abstract void InPython();

        [PythonFunction("texts.overridden")]
        public abstract void Overridden();

        [PythonFunction]
        public static void MarkedInPython() => throw new NotSupportedException("It runs in Python.");

        [Job]
        public void Here() => InPython();
    }

    public class Whole : Half
    {
        public override void InPython()
        {
        }

        [Job("python_stub_tests.overridden")]
        public override void Overridden()
        {
        }
    }

    public static class WrongCallbacks
    {
        [PythonFunction]
        public static void NoModule() => throw new NotSupportedException("It runs in Python.");

        [PythonFunction("m.from")]
        public static void Keyword() => throw new NotSupportedException("It runs in Python.");

        [PythonFunction("my m.f")]
        public static void NoName() => throw new NotSupportedException("It runs in Python.");
    }

    public interface IWrong
    {
        [PythonFunction]
        void NoModule();

        [PythonFunction("my module.f")]
        void NoName();

        [PythonFunction("m.1f")]
        void Digit();

        [PythonFunction("m..f")]
        void Dots();

        [PythonFunction("m.class")]
        void Keyword();

        [PythonFunction("import.f")]
        void KeywordModule();

        [PythonFunction("a.b"), Job("c")]
        void TwoNames();

        [PythonFunction("a.b")]
        void Code(Func<int> code);

        [PythonFunction("a.b")]
        void CodeInside(object code);

        [PythonFunction("a.b")]
        void NoDictionary([PythonKwargs] int number);

        [PythonFunction("a.b")]
        void Twice([PythonKeyword] int x, [PythonKwargs] Dictionary<string, object?> more);
    }

    public static class Nightly
    {
        [PythonFunction("python_stub_tests.clean_up"), Cron("0 3 * * *")]
        public static void CleanUp() => throw new NotSupportedException("Python cleans up.");
    }

    public abstract class Texts
    {
        [PythonFunction("pkg.sub.Texts.whole")]
        public abstract void Whole();

        [PythonFunction("texts.fixed"), Job]
        public static int Fixed(int x) => throw new NotSupportedException($"{x} is counted in Python.");
    }
}
