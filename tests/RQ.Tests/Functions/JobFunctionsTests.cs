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

    [Fact]
    public void An_extension_method_that_was_taken_from_a_value_is_refused()
    {
        Should.Throw<ArgumentException>(() => new JobFunctions().Add("name", "text".Repeated)).Message.ShouldBe(
            "The function for 'name' cannot be a job: 'RQ.Tests.Functions.JobFunctionsExtensions.Repeated' is bound to its first argument, as an extension method is that is taken from a value. " +
            "Hand over a lambda that calls it, such as x => value.Repeated(x).");
        Should.Throw<ArgumentException>(() => Callback.To("text".Repeated)).Message.ShouldContain("Callback.To(JobFunctionsExtensions.Repeated)");

        var functions = new JobFunctions().Add("lambda", (int times) => "text".Repeated(times)).Add("static", JobFunctionsExtensions.Repeated);
        functions.ResolveCallback("lambda").Invoke([2], null).ShouldBe("texttext");
        functions.ResolveCallback("static").Invoke(["text", 2], null).ShouldBe("texttext");
    }

    [Fact]
    public void An_unknown_name_is_searched_for_once_until_there_may_be_more_functions()
    {
        var functions = new JobFunctions();
        Reload(functions, () =>
        {
            int before = functions.Searches;
            for (int i = 0; i < 3; i++)
                functions.FindCallback("job_functions_tests.nowhere").ShouldBeNull();
            NameFound(functions, CallTo("job_functions_tests.nowhere")).ShouldBeNull();
            return functions.Searches - before;
        }).ShouldBe(1);

        functions.Add("job_functions_tests.nowhere", () => 1);
        functions.FindCallback("job_functions_tests.nowhere").ShouldNotBeNull();

        functions.FindCallback(Here + nameof(Targets.AsyncTask)).ShouldBeNull();
        functions.AddAssemblyOf<JobFunctionsTests>();
        functions.FindCallback(Here + nameof(Targets.AsyncTask)).ShouldNotBeNull();
    }

    [Fact]
    public void A_name_of_an_assembly_that_is_loaded_later_is_found()
    {
        var functions = new JobFunctions();
        functions.FindCallback("job_functions_tests.nowhere").ShouldBeNull();
        int before = functions.Searches;

        // The same assembly once more, in a context of its own.
        var context = new System.Runtime.Loader.AssemblyLoadContext("later", isCollectible: true);
        context.LoadFromAssemblyPath(typeof(Shouldly.Should).Assembly.Location);
        functions.FindCallback("job_functions_tests.nowhere").ShouldBeNull();

        functions.Searches.ShouldBeGreaterThan(before);
        context.Unload();
    }

    [Fact]
    public void Unknown_names_do_not_fill_the_memory()
    {
        var names = new RQ.Functions.UnknownNames();
        for (int i = 0; i < 2500; i++)
        {
            names.Add($"name{i}", 0);
            names.Count.ShouldBeLessThanOrEqualTo(RQ.Functions.UnknownNames.Most);
        }

        names.Contains("name2499", 0).ShouldBeTrue();
        names.Contains("name2499", 1).ShouldBeFalse();
        names.Add(new string('x', 10_000), 0);
        names.Contains(new string('x', 10_000), 0).ShouldBeFalse();
    }

    // Another test may load an assembly in between; then the same is tried again.
    private static int Reload(JobFunctions functions, Func<int> count)
    {
        functions.Prepare();
        int result = count();
        for (int i = 0; i < 20 && result != 1; i++)
        {
            functions.AddAssembly(typeof(string).Assembly);
            result = count();
        }

        return result;
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

internal static class JobFunctionsExtensions
{
    public static string Repeated(this string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
