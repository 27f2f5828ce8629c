using RQ.Functions;
using RQ.Queues;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Security;

/// <summary>S143: values that are not to be shown are stored, and shown nowhere.</summary>
public class RedactionTests
{
    private const string Secret = "s3cret";

    [Fact]
    public void A_redacted_argument_is_stored_but_not_described_S143()
    {
        JobCall call = JobCall.FromExpression((System.Linq.Expressions.Expression<Action>)(() => Accounts.SignIn("ada", Secret, 7)));

        call.Arguments.ShouldBe(["ada", Secret, 7]);
        call.ToString().ShouldBe("RQ.Tests.Security.Accounts.SignIn('ada', ***, 7)");
        Describe(call).ShouldBe("RQ.Tests.Security.Accounts.SignIn('ada', ***, 7)");
        Describe(call, new JobOptions { Description = "signs in" }).ShouldBe("signs in");
        NewJob.Create(JobHome.Unattached("q"), call, null).Item.Fields.ShouldContain((StackExchange.Redis.RedisValue)"redacted");
    }

    [Fact]
    public void Also_where_arguments_go_by_name_or_are_many_S143()
    {
        Text(() => Accounts.ByName(Secret, "x")).ShouldBe("RQ.Tests.Security.Accounts.ByName(pass_word=***, user='x')");
        Text(() => Accounts.Rest("x", Secret, Secret)).ShouldBe("RQ.Tests.Security.Accounts.Rest('x', ***)");
        var all = new Dictionary<string, object?> { ["a"] = Secret, ["b"] = 1 };
        Text(() => Accounts.Kwargs(all)).ShouldBe("RQ.Tests.Security.Accounts.Kwargs(a=***, b=***)");
        Text(() => Accounts.Open("x")).ShouldBe("RQ.Tests.Security.Accounts.Open('x')");
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_not_told_S143()
    {
        var function = new JobFunction("sign_in", typeof(Accounts).GetMethod(nameof(Accounts.SignIn))!);
        string[] messages =
        [
            Misfit(function, "ada", new List<object?> { Secret }, 7), Misfit(function, "ada", Secret), Misfit(function, "ada", Secret, 7, 8),
            Misfit(function, "ada", 7, Secret),
        ];

        messages.ShouldAllBe(message => !message.Contains(Secret, StringComparison.Ordinal));
        messages[0].ShouldContain("'password', which is not shown, does not fit the type String");
        messages[1].ShouldContain("2 arguments by position and 0 by name, which are not shown");
    }

    [Fact]
    public void Of_an_encrypted_job_only_the_function_is_described()
    {
        JobHome home = JobHome.Unattached("q") with { Serializer = JobSerializer.Pickle.WithEncryption(Guarded.Ring) };

        ((string?)NewJob.Create(home, JobCall.To("shop.pay", Secret), null).Item.Description).ShouldBe("shop.pay(…)");
        ((string?)NewJob.Create(home, JobCall.To("shop.pay", Secret), new JobOptions { Description = "pays" }).Item.Description).ShouldBe("pays");
        ((string?)NewJob.Create(home with { Serializer = JobSerializer.Pickle.WithSigning(Guarded.Ring) }, JobCall.To("shop.pay", 1), null).Item.Description).ShouldBe("shop.pay(1)");
        var function = new JobFunction("open", typeof(Accounts).GetMethod(nameof(Accounts.Open))!);
        CallData call = CallData.Read(CallData.Write(JobCall.To("open", Secret, Secret), JobSerializer.Pickle), null) with { Serializer = home.Serializer };
        Should.Throw<DataBindingException>(() => function.Bind(call, null!)).Message.ShouldNotContain(Secret);
    }

    private static string Text(System.Linq.Expressions.Expression<Action> call) => Describe(JobCall.FromExpression(call));

    private static string Describe(JobCall call, JobOptions? options = null) => (string)NewJob.Create(JobHome.Unattached("q"), call, options).Item.Description!;

    private static string Misfit(JobFunction function, params object?[] arguments) => Should.Throw<DataBindingException>(
        () => function.Bind(CallData.Read(CallData.Write(JobCall.To("sign_in", arguments), JobSerializer.Pickle), null), null!)).ToString();
}

internal static class Accounts
{
    public static void SignIn(string user, [Redacted] string password, int tries) => GC.KeepAlive((user, password, tries));

    public static void ByName([Redacted, PythonKeyword] string passWord, [PythonKeyword] string user) => GC.KeepAlive((passWord, user));

    public static void Rest(string user, [Redacted] params string[] secrets) => GC.KeepAlive((user, secrets));

    public static void Kwargs([Redacted, PythonKwargs] IReadOnlyDictionary<string, object?> all) => GC.KeepAlive(all);

    public static void Open(string user) => GC.KeepAlive(user);
}
