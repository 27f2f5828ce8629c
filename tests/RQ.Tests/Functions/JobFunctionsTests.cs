using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Functions;

public class JobFunctionsTests
{
    private const string Here = "RQ.Tests.Functions.JobFunctionsTests.Targets.";

    [Fact]
    public void A_marked_method_is_found_by_all_who_ask_first_at_the_same_time()
    {
        CallData call = CallTo("job_functions_tests.marked");
        for (int round = 0; round < 50; round++)
        {
            var functions = new JobFunctions();
            using var start = new Barrier(4);
            var found = new string?[4];
            Thread[] threads = [.. Enumerable.Range(0, 4).Select(i => new Thread(() =>
            {
                start.SignalAndWait();
                found[i] = NameFound(functions, call);
            }))];
            foreach (Thread thread in threads)
                thread.Start();
            foreach (Thread thread in threads)
                thread.Join();
            found.ShouldAllBe(name => name == nameof(Targets.Marked));
        }
    }

    [Fact]
    public void An_async_void_method_is_refused()
    {
        Should.Throw<ArgumentException>(() => JobCall.FromExpression(() => Targets.AsyncVoid())).Message.ShouldContain("async void");
        Should.Throw<ArgumentException>(() => new JobFunctions().Add("name", Targets.AsyncVoid)).Message.ShouldContain("async void");
        Should.Throw<ArgumentException>(() => new JobFunctions().Add("name", async void () => await Task.Yield())).Message.ShouldContain("async void");
        var functions = new JobFunctions().AddAssemblyOf<JobFunctionsTests>();
        NameFound(functions, CallTo(Here + nameof(Targets.AsyncVoid))).ShouldBeNull();
        NameFound(functions, CallTo(Here + nameof(Targets.AsyncTask))).ShouldBe(nameof(Targets.AsyncTask));
    }

    private static CallData CallTo(string function) => CallData.Read(CallData.Write(JobCall.To(function), JobSerializer.Pickle), null);

    private static string? NameFound(JobFunctions functions, CallData call)
    {
        try
        {
            return functions.Resolve(call).Method.Name;
        }
        catch (UnknownFunctionException)
        {
            return null;
        }
    }

    public static class Targets
    {
        [Job("job_functions_tests.marked")]
        public static int Marked() => 1;

        public static async void AsyncVoid() => await Task.Yield();

        public static async Task AsyncTask() => await Task.Yield();
    }
}
