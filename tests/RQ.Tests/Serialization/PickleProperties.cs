using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using RQ.Serialization;
using Shouldly;

namespace RQ.Tests.Serialization;

/// <summary>What holds for all data.</summary>
[Properties(Arbitrary = [typeof(PickleProperties)], MaxTest = 2_000)]
public sealed class PickleProperties
{
    /// <summary>Any value that the reader can return.</summary>
    public sealed record Data(object? Value)
    {
        public override string ToString() => PickleData.Of(Value);
    }

    public static Arbitrary<Data> AnyData() => Gen.Sized(size => Value(Math.Min(size / 10, 5))).Select(value => new Data(value)).ToArbitrary();

    [Property]
    public void What_is_written_is_read_again(Data data)
    {
        var read = PickleReader.Read(PickleWriter.Write(data.Value));
        PickleData.Of(read).ShouldBe(PickleData.Of(data.Value));
        read?.GetType().ShouldBe(data.Value!.GetType());
    }

    [Property]
    public void Writing_what_was_read_gives_the_same_bytes(Data data)
    {
        var pickle = PickleWriter.Write(data.Value);
        PickleWriter.Write(PickleReader.Read(pickle)).ShouldBe(pickle);
    }

    [Property(MaxTest = 100)]
    public void No_part_of_a_pickle_is_one(Data data)
    {
        var pickle = PickleWriter.Write(data.Value);
        for (var length = 0; length < pickle.Length; length++)
        {
            PickleReaderTests.Refusal(pickle[..length]).ShouldNotBeEmpty();
        }
    }

    private static Gen<object?> Value(int depth)
    {
        if (depth <= 0)
        {
            return Scalar();
        }
        var items = Value(depth - 1).ListOf().Select(list => list.Take(8).ToList());
        return Gen.Frequency(
            (3, Scalar()),
            (1, items.Select(list => (object?)list)),
            (1, items.Select(list => (object?)list.ToArray())),
            (1, Key(2).ListOf().Select(keys => (object?)new HashSet<object>(keys.Take(8), PickleKeyComparer.Instance))),
            (1, Key(2).ListOf().Select(keys => (object?)Frozen(keys.Take(8)))),
            (2, Key(2).ListOf().SelectMany(keys => items.Select(list => (object?)Dict(keys, list)))));
    }

    private static OrderedDictionary<object, object?> Dict(IEnumerable<object> keys, List<object?> values)
    {
        var dict = PickleReader.NewDict();
        foreach (var (key, value) in keys.Zip(values))
        {
            dict[key] = value;
        }
        return dict;
    }

    private static PickleFrozenSet Frozen(IEnumerable<object> items)
    {
        var set = new PickleFrozenSet();
        set.UnionWith(items);
        return set;
    }

    private static Gen<object> Key(int depth)
    {
        var scalar = Scalar().Select(value => value ?? DBNull.Value);
        return depth == 0 ? scalar : Gen.Frequency(
            (4, scalar),
            (1, Key(depth - 1).ListOf().Select(items => (object)items.Take(4).ToArray<object?>())),
            (1, Key(depth - 1).ListOf().Select(items => (object)Frozen(items.Take(4)))));
    }

    private static Gen<object?> Scalar()
    {
        var bits = from low in Gen.Choose(int.MinValue, int.MaxValue)
                   from high in Gen.Choose(int.MinValue, int.MaxValue)
                   select ((long)high << 32) | (uint)low;
        var whole = from number in bits
                    from shift in Gen.Choose(0, 63)
                    select number >> shift;
        var letters = from first in Gen.Choose(1, 0x10ffff)
                      from narrow in Gen.Choose(0, 3)
                      select System.Text.Rune.TryCreate(first >> (narrow * 7), out var rune) ? rune.ToString() : "\u0100";
        var text = letters.ListOf().Select(parts => string.Concat(parts));
        var moment = bits.Select(number => new DateTime((long)((ulong)number % (ulong)(DateTime.MaxValue.Ticks - (4 * TimeSpan.TicksPerDay))) + (2 * TimeSpan.TicksPerDay)));
        moment = moment.Select(time => new DateTime(time.Ticks / 10 * 10));
        return Gen.OneOf(
            Gen.Constant((object?)null),
            Gen.Elements<object?>(true, false, double.NaN, double.PositiveInfinity, -0.0, "", long.MaxValue, long.MinValue, decimal.MaxValue, -0.00m, TimeSpan.MinValue.Add(new TimeSpan(8)), Guid.Empty),
            whole.Select(number => (object?)number),
            bits.Select(number => (object?)BitConverter.Int64BitsToDouble(number)),
            bits.SelectMany(a => bits.Select(b => (object?)((BigInteger)a * b * 4 is var product && (product > long.MaxValue || product < long.MinValue) ? product : BigInteger.Pow(2, 70)))),
            text.Select(value => (object?)value),
            Gen.Choose(0, 255).ListOf().Select(bytes => (object?)bytes.Select(b => (byte)b).ToArray()),
            bits.SelectMany(a => Gen.Choose(0, 28).Select(scale => (object?)new decimal((int)a, (int)(a >> 32), (int)(a >> 13), a % 2 == 0, (byte)scale))),
            bits.SelectMany(a => bits.Select(b => (object?)new Complex(BitConverter.Int64BitsToDouble(a), b))),
            bits.SelectMany(a => bits.Select(b => (object?)new Guid([.. BitConverter.GetBytes(a), .. BitConverter.GetBytes(b)]))),
            moment.Select(time => (object?)time),
            moment.SelectMany(time => Gen.Choose(-840, 840).Select(minutes => (object?)new DateTimeOffset(time, TimeSpan.FromMinutes(minutes)))),
            moment.Select(time => (object?)DateOnly.FromDateTime(time)),
            moment.Select(time => (object?)TimeOnly.FromDateTime(time)),
            whole.Select(number => (object?)new TimeSpan(number / 10 * 10)));
    }
}
