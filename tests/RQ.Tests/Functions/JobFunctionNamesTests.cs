using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Functions;

public class JobFunctionNamesTests
{
    [Fact]
    public void A_name_is_added_once()
    {
        var functions = new JobFunctions().Add("name", Own);

        Should.Throw<ArgumentException>(() => functions.Add("name", JobFunctionsTests.Targets.Marked)).Message.ShouldContain("'name' before");

        functions.Resolve(CallTo("name")).Method.Name.ShouldBe(nameof(Own));
    }

    [Fact]
    public void What_was_added_goes_before_what_is_marked()
    {
        var functions = new JobFunctions();
        functions.Resolve(CallTo("job_functions_tests.marked")).Method.Name.ShouldBe(nameof(JobFunctionsTests.Targets.Marked));

        functions.Add("job_functions_tests.marked", Own);

        functions.Resolve(CallTo("job_functions_tests.marked")).Method.Name.ShouldBe(nameof(Own));
    }

    private static int Own() => 2;

    private static CallData CallTo(string function) => CallData.Read(CallData.Write(JobCall.To(function), JobSerializer.Pickle), null);
}
