using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using RQ.Serialization;
using Shouldly;

namespace RQ.Tests.Serialization;

/// <summary>Any value of any of these types is the same after a way through either format.</summary>
[Properties(Arbitrary = [typeof(RoundTripProperties)], MaxTest = 400)]
public sealed class RoundTripProperties
{
    /// <summary>A value with the type that it is bound to again.</summary>
    public sealed record Case(object? Value, Type Type)
    {
        public override string ToString() => $"{Type}: {Shown(Value)}";
    }

    [Property]
    public void A_value_comes_back_through_a_pickle(Case given) => CheckRoundTrip(JobSerializer.Pickle, given);

    [Property]
    public void A_value_comes_back_through_json(Case given) => CheckRoundTrip(JobSerializer.Json, given);

    private static void CheckRoundTrip(JobSerializer format, Case given)
    {
        byte[] bytes = format.Serialize(DataTree.From(given.Value));
        object? back = DataBinder.Bind(format.Deserialize(bytes), given.Type);
        Shown(back).ShouldBe(Shown(given.Value));
        back?.GetType().ShouldBe(given.Value!.GetType());
    }

    public static Arbitrary<Case> Cases() => Any(3).ToArbitrary();

    private static Gen<Case> Any(int depth) => depth == 0 ? Scalars() : Gen.Frequency(
        (3, Scalars()),
        (2, Gen.OneOf(Lists(Numbers, depth), Lists(Texts, depth), Lists(Instants, depth), Lists(Persons, depth), Lists(Decimals, depth), Lists(OptionalNumbers, depth))),
        (2, Gen.OneOf(Maps(Texts, Persons), Maps(Numbers, Decimals), Maps(Guids, Texts), Maps(Days, Numbers), Maps(Pairs, Instants))),
        (2, Gen.OneOf(As(Persons), As(Trees(depth)), As(Shapes), As(Pairs), As(Persons.Zip(Decimals, (a, b) => new Both<Person, decimal>(a, b))), As(Longs))));

    private static Gen<Case> Scalars() => Gen.OneOf(
        As(Numbers), As(Texts), As(Decimals), As(Instants), As(Guids), As(Days), As(Doubles), As(Spans), As(Bytes), As(Dates), As(Times), As(Locals),
        As(Numbers.Select(number => (byte)number)), As(Numbers.Select(number => (Int128)number << 70)), As(Numbers.Select(number => BigInteger.Pow(number, 9))),
        As(Doubles.Select(number => (float)number)), As(Doubles.Select(number => (Half)number)), As(Doubles.Select(number => new Complex(number, 1))), As(OptionalNumbers), As(Gen.Elements(true, false)));

    private static Gen<Case> As<T>(Gen<T> values) => values.Select(value => new Case(value, typeof(T)));

    private static Gen<Case> Lists<T>(Gen<T> items, int depth) => items.ListOf().Select(list => depth % 2 == 0 ? list.ToArray() : list.AsEnumerable()).SelectMany(list => Gen.Elements(
        new Case(list.ToArray(), typeof(T[])), new Case(list.ToList(), typeof(List<T>)), new Case(list.ToHashSet(), typeof(HashSet<T>)), new Case(list.ToImmutableArray(), typeof(ImmutableArray<T>)),
        new Case(new Queue<T>(list), typeof(Queue<T>)), new Case(new Stack<T>(list), typeof(Stack<T>)), new Case(list.Chunk(2).ToArray(), typeof(T[][]))));

    private static Gen<Case> Maps<TKey, TValue>(Gen<TKey> keys, Gen<TValue> values)
        where TKey : notnull => keys.Zip(values, (key, value) => (key, value)).ListOf().Select(pairs => new Case(
            pairs.DistinctBy(pair => pair.key).ToDictionary(pair => pair.key, pair => pair.value), typeof(Dictionary<TKey, TValue>)));

    private static Gen<int> Numbers => Gen.Frequency((3, Gen.Choose(-1000, 1000)), (1, Gen.Elements(int.MinValue, int.MaxValue)));

    private static Gen<int?> OptionalNumbers => Gen.Frequency((3, Numbers.Select(number => (int?)number)), (1, Gen.Constant((int?)null)));

    private static Gen<string> Texts => Gen.Elements("", "a", "ä\n", "😀", "NaN", "null", "true", "1", "{}", "\u0001rq-number:NaN", "\"\\", "2026-01-02").SelectMany(text => Gen.Elements(text, text + "x", text + text));

    private static Gen<decimal> Decimals => Gen.Choose(int.MinValue, int.MaxValue).Zip(Gen.Choose(0, 28), (number, scale) => new decimal(number, number, number / 2, number < 0, (byte)scale));

    private static Gen<double> Doubles => Gen.Frequency(
        (3, Gen.Choose(int.MinValue, int.MaxValue).Zip(Gen.Choose(-300, 300), (number, power) => number * Math.Pow(10, power))), (1, Gen.Elements(double.NaN, double.NegativeInfinity, 0, -0.0, double.Epsilon)));

    private static Gen<Guid> Guids => Gen.Choose(0, 255).ArrayOf(16).Select(bytes => new Guid(Array.ConvertAll(bytes, each => (byte)each)));

    private static Gen<DayOfWeek> Days => Gen.Choose(0, 8).Select(day => (DayOfWeek)day);

    // Python has microseconds.
    private static Gen<long> Micros => Gen.Choose(0, int.MaxValue).Zip(Gen.Choose(0, 100_000_000), (high, low) => ((long)high << 26) + low);

    private static Gen<DateTime> Locals => Micros.Select(micros => new DateTime(Math.Min(micros * 10, DateTime.MaxValue.Ticks / 10 * 10)));

    private static Gen<DateTimeOffset> Instants => Locals.Zip(Gen.Choose(-14 * 60, 14 * 60), (time, minutes) => new DateTimeOffset(
        new DateTime(Math.Clamp(time.Ticks, TimeSpan.TicksPerDay, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay)), TimeSpan.FromMinutes(minutes)));

    private static Gen<TimeSpan> Spans => Micros.Zip(Gen.Elements(1, -1), (micros, sign) => TimeSpan.FromTicks(micros % 10_000_000_000_000 * 10 * sign));

    private static Gen<DateOnly> Dates => Locals.Select(DateOnly.FromDateTime);

    private static Gen<TimeOnly> Times => Locals.Select(TimeOnly.FromDateTime);

    private static Gen<byte[]> Bytes => Gen.Choose(0, 255).ArrayOf().Select(bytes => Array.ConvertAll(bytes, each => (byte)each));

    private static Gen<(int, string)> Pairs => Numbers.Zip(Texts, (number, text) => (number, text));

    private static Gen<(int, string, int, string, int, string, int, string, decimal)> Longs =>
        Pairs.Zip(Decimals, (pair, price) => (pair.Item1, pair.Item2, pair.Item1, pair.Item2, pair.Item1, pair.Item2, pair.Item1, pair.Item2, price));

    private static Gen<Person> Persons => from name in Texts
                                          from age in OptionalNumbers
                                          from born in Dates
                                          from pay in Decimals
                                          from tags in Texts.ListOf()
                                          select new Person(name, age, born, pay) { Tags = [.. tags], Seen = born.ToDateTime(TimeOnly.MinValue) };

    private static Gen<Shape> Shapes => Gen.OneOf(Decimals.Select(Shape (radius) => new Circle(radius)), Numbers.Select(Shape (side) => new Square(side)));

    private static Gen<Tree> Trees(int depth) => depth == 0
        ? Guids.Select(id => new Tree { Id = id })
        : from id in Guids
          from children in Trees(depth - 1).ListOf(2)
          from names in Texts.ListOf()
          select new Tree { Id = id, Children = [.. children], Named = names.Distinct().ToDictionary(name => name, name => children.FirstOrDefault()) };

    /// <summary>The whole value as text, so that any difference shows.</summary>
    private static string Shown(object? value)
    {
        var text = new StringBuilder();
        Show(text, value);
        return text.ToString();
    }

    private static void Show(StringBuilder text, object? value)
    {
        switch (value)
        {
            case string s: text.Append('\'').Append(s).Append('\''); break;
            case DateTime or DateTimeOffset or DateOnly or TimeOnly: text.Append(((IFormattable)value).ToString("o", CultureInfo.InvariantCulture)); break;
            case double d: text.Append(BitConverter.DoubleToInt64Bits(d)); break;
            case float f: text.Append(BitConverter.SingleToInt32Bits(f)); break;
            case ITuple tuple: Show(text, Enumerable.Range(0, tuple.Length).Select(i => tuple[i])); break;
            case IDictionary map: Show(text, map.Keys.Cast<object>().Select(key => (key, map[key]))); break;
            case IEnumerable items:
                text.Append('[');
                foreach (object? item in items)
                {
                    Show(text, item);
                    text.Append(", ");
                }

                text.Append(']');
                break;
            case Person or Tree or Shape or IBoth:
                foreach (System.Reflection.PropertyInfo property in value.GetType().GetProperties())
                {
                    text.Append(property.Name).Append('=');
                    Show(text, property.GetValue(value));
                    text.Append(' ');
                }

                break;
            default: text.Append(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null"); break;
        }
    }

    public sealed record Person(string Name, int? Age, DateOnly Born, decimal Pay)
    {
        public HashSet<string> Tags { get; init; } = [];

        public DateTime? Seen { get; init; }
    }

    public interface IBoth;

    public sealed record Both<TLeft, TRight>(TLeft Left, TRight Right) : IBoth;

    public sealed class Tree
    {
        public Guid Id { get; set; }

        public List<Tree> Children { get; set; } = [];

        public Dictionary<string, Tree?> Named { get; set; } = [];
    }

    [System.Text.Json.Serialization.JsonDerivedType(typeof(Circle), "circle")]
    [System.Text.Json.Serialization.JsonDerivedType(typeof(Square), "square")]
    public abstract record Shape;

    public sealed record Circle(decimal Radius) : Shape;

    public sealed record Square(int Side) : Shape;
}
