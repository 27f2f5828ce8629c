using System.Text;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>The words that Python's JSON has beyond the standard.</summary>
public class JsonDialectTests
{
    [Fact]
    public void Words_are_numbers_wherever_values_are_and_text_in_strings()
    {
        object? read = DataJsonReader.Read("""[NaN, 0.0, -Infinity, -0.000000, Infinity, {"NaN": NaN, "a": "Infinity \" NaN"}, -1]"""u8);

        List<object?> list = read.ShouldBeOfType<List<object?>>();
        list[0].ShouldBe(double.NaN);
        list[1].ShouldBe(0.0);
        list[2].ShouldBe(double.NegativeInfinity);
        list[3].ShouldBe(-0.0);
        list[4].ShouldBe(double.PositiveInfinity);
        var map = (IReadOnlyDictionary<object, object?>)list[5]!;
        map["NaN"].ShouldBe(double.NaN);
        map["a"].ShouldBe("Infinity \" NaN");
        list[6].ShouldBe(-1L);
    }

    [Fact]
    public void Many_of_them_take_no_more_memory_than_the_text()
    {
        // Some bytes in Redis, when it is compressed.
        var text = new StringBuilder("[");
        for (int i = 0; i < 2_000_000; i++)
            text.Append("NaN,");
        byte[] json = Encoding.ASCII.GetBytes(text.Append('x').ToString());
        long before = GC.GetAllocatedBytesForCurrentThread();

        Should.Throw<System.Text.Json.JsonException>(() => DataJsonReader.Read(json));

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(json.Length + 150_000_000L);
    }
}
