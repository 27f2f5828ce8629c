using System.Numerics;
using Shouldly;
using Xunit;

namespace RQ.Tests.Jobs;

public class CallTextTests
{
    [Fact]
    public void JOB_14_calls_read_as_in_python()
    {
        CallText.Describe(JobCall.To("fixture_tasks.add", 1, 2)).ShouldBe("fixture_tasks.add(1, 2)");
        CallText.Describe(JobCall.To("fixture_tasks.nothing")).ShouldBe("fixture_tasks.nothing()");
        CallText.Describe(JobCall.To("f", "it's", "a\"b", true, null, 1.0, 1e300, new byte[] { 65, 0 }, (1, "x"), new[] { 1, 2 }))
            .ShouldBe("""f("it's", 'a"b', True, None, 1.0, 1e+300, b'A\x00', (1, 'x'), [1, 2])""");
        CallText.Describe(JobCall.To("f", [ValueTuple.Create(1)], new Dictionary<string, object?> { ["z"] = new Dictionary<string, int> { ["a"] = 1 }, ["b"] = 2 }))
            .ShouldBe("f((1,), b=2, z={'a': 1})");
    }

    [Fact]
    public void Tuples_read_as_in_python_also_as_data() =>
        CallText.Describe(JobCall.To("f", new object?[] { 1, "x" }, new object?[] { 1 }, Array.Empty<object?>(), new[] { "a" })).ShouldBe("f((1, 'x'), (1,), (), ['a'])");

    [Fact]
    public void The_digits_of_a_very_long_integer_are_not_worked_out()
    {
        CallText.Describe(JobCall.To("f", BigInteger.Pow(10, 70), BigInteger.Pow(10, 79), -BigInteger.Pow(2, 8 * 1024 * 1024) - 1))
            .ShouldBe($"f(1{new string('0', 70)}, 1{new string('0', 74)}..., <int of 8,388,609 bits>)");
    }

    [Theory]
    [InlineData("\u00a0\u200b\u202e\ufeff", @"f('\xa0\u200b\u202e\ufeff')")]
    [InlineData("😀 é", "f('😀 é')")]
    public void Texts_are_escaped_where_python_escapes_them(string text, string shown) => CallText.Describe(JobCall.To("f", text)).ShouldBe(shown);

    [Fact]
    public void Bytes_and_sets_read_as_in_python() =>
        CallText.Describe(JobCall.To("f", "it's\n"u8.ToArray(), new HashSet<int> { 1, 2 })).ShouldBe("""f(b"it's\n", {1, 2})""");

    [Fact]
    public void JOB_14_long_values_are_cut_as_in_python()
    {
        string text = CallText.Describe(JobCall.To("greet", ["café"], new Dictionary<string, object?> { ["punctuation"] = new string('x', 100) }));
        text.ShouldBe($"greet('café', punctuation='{new string('x', 74)}...)");
        var megabytes = new string('\n', 5_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        CallText.Describe(JobCall.To("f", megabytes, new List<object?>(Enumerable.Repeat<object?>(megabytes, 1000)), megabytes)).Length.ShouldBeLessThan(300);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(100_000);
        JobCall.To("greet", new string('x', 100)).ToString().ShouldBe($"greet('{new string('x', 100)}')");
    }
}
