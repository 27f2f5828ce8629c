using System.Numerics;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

public class PickleRoundTripTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Any_value_comes_back_the_same(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 2_000; i++)
        {
            var value = Value(random, depth: 4);
            var read = PickleReader.Read(PickleWriter.Write(value));
            ShownValue.Of(read).ShouldBe(ShownValue.Of(value));
            read?.GetType().ShouldBe(value!.GetType());
        }
    }

    private static object? Value(Random random, int depth) => depth == 0 || random.Next(3) == 0
        ? Scalar(random)
        : random.Next(4) switch
        {
            0 => Enumerable.Range(0, random.Next(6)).Select(_ => Value(random, depth - 1)).ToArray(),
            1 => Enumerable.Range(0, random.Next(6)).Select(_ => Value(random, depth - 1)).ToList(),
            2 => Dict(random, depth),
            _ => new HashSet<object>(Enumerable.Range(0, random.Next(6)).Select(_ => Key(random)), PickleKeyComparer.Instance),
        };

    private static OrderedDictionary<object, object?> Dict(Random random, int depth)
    {
        var dict = new OrderedDictionary<object, object?>(PickleKeyComparer.Instance);
        for (var count = random.Next(6); count > 0; count--)
        {
            dict[Key(random)] = Value(random, depth - 1);
        }
        return dict;
    }

    private static object Key(Random random) => random.Next(5) switch
    {
        0 => new object?[] { Scalar(random), Scalar(random) },
        1 => new PickleFrozenSet { Scalar(random) ?? DBNull.Value, Scalar(random) ?? DBNull.Value },
        _ => Scalar(random) ?? DBNull.Value,
    };

    private static object? Scalar(Random random) => random.Next(18) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 => (long)random.Next(300),
        3 => random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64),
        4 => new BigInteger(long.MaxValue) + random.Next(1, 1000),
        5 => -BigInteger.Pow(random.Next(2, 99), 64 + random.Next(2000)),
        6 => BitConverter.Int64BitsToDouble(random.NextInt64()),
        7 => Text(random),
        8 => Bytes(random),
        9 => new decimal(random.Next(), random.Next(), random.Next(), random.Next(2) == 0, (byte)random.Next(29)),
        10 => new Guid(Bytes(random, 16)),
        11 => new DateTime(random.NextInt64(DateTime.MaxValue.Ticks) / 10 * 10),
        12 => new DateTimeOffset(random.NextInt64(TimeSpan.TicksPerDay, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay) / 10 * 10, TimeSpan.FromMinutes(random.Next(-840, 841))),
        13 => DateOnly.FromDayNumber(random.Next(DateOnly.MaxValue.DayNumber)),
        14 => new TimeOnly(random.NextInt64(TimeOnly.MaxValue.Ticks) / 10 * 10),
        15 => new TimeSpan(random.NextInt64(long.MinValue, long.MaxValue) / 10 * 10),
        16 => new Complex(random.NextDouble(), -random.NextDouble()),
        _ => "",
    };

    private static string Text(Random random)
    {
        var runes = Enumerable.Range(0, random.Next(random.Next(2) == 0 ? 10 : 400)).Select(_ => (System.Text.Rune)random.Next(random.Next(2) == 0 ? 0x80 : 0xd800));
        return string.Concat(runes);
    }

    private static byte[] Bytes(Random random, int? length = null)
    {
        var bytes = new byte[length ?? random.Next(400)];
        random.NextBytes(bytes);
        return bytes;
    }
}
