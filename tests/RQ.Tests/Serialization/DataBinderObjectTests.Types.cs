using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>The types that data is bound to.</summary>
public partial class DataBinderObjectTests
{
    public sealed class Order
    {
        public Guid Id { get; set; }

        public decimal Price { get; set; }

        public BigInteger Big { get; set; }

        public DateTimeOffset At { get; set; }

        public DateOnly Day { get; set; }

        public TimeSpan Wait { get; set; }

        public byte[] Image { get; set; } = [];

        public (int Number, string Text) Pair { get; set; }

        public HashSet<string> Tags { get; set; } = [];

        public DayOfWeek State { get; set; }

        public Complex Number { get; set; }

        public Line[] Lines { get; set; } = [];

        public Dictionary<DayOfWeek, Line> ByDay { get; set; } = [];

        public int? Optional { get; set; } = 5;

        public int[,] Grid { get; set; } = new int[0, 0];
    }

    public sealed record Line(string Name, decimal Price);

    public sealed record Person(string FirstName, int? Age);

    public class Settable
    {
        public string FirstName { get; init; } = "";
    }

    public sealed class Derived : Settable
    {
        public int More { get; set; }
    }

#pragma warning disable CA1051 // Fields are members, too.
    public struct Fields
    {
        public string FirstName;
    }

    public record struct Mutable
    {
        public int X;

        public decimal Y { get; set; }
    }

#pragma warning restore CA1051

    public sealed class Named
    {
        [JsonPropertyName("the name")]
        public string Name { get; set; } = "";
    }

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    public sealed record Strict(string Name);

    public sealed class Extended
    {
        public string Name { get; set; } = "";

        [JsonExtensionData]
        public Dictionary<string, object?>? Rest { get; set; }
    }

    public sealed record Defaults(int Must, string? Text = "x", decimal Price = 1.5m, DayOfWeek Day = DayOfWeek.Friday, int? Count = 3);

    public sealed class Needy
    {
        public required string Name { get; init; }

        public int Other { get; set; }
    }

    public readonly record struct Size(int Width, int Height);

    public readonly record struct UserId(int Value);

    public sealed record Tags(string[] Values);

    public sealed class Hidden(int value)
    {
        public int Shown => value + 1;
    }

    public sealed record Ignoring(string Name, [property: JsonIgnore] string Secret = "none");

    public sealed record Picky
    {
        public Picky(int value)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Value = value;
        }

        public int Value { get; }
    }

    public sealed class Node
    {
        public int Value { get; set; }

        public Node? Next { get; set; }

        public Dictionary<string, Node> Children { get; set; } = [];
    }

    public sealed record Pair<TLeft, TRight>(TLeft Left, TRight Right);

    public sealed class Chosen
    {
        public Chosen(string a) => A = a;

        [JsonConstructor]
        public Chosen(int b) => B = b;

        public string? A { get; }

        public int B { get; }
    }

    public sealed class Unclear
    {
        public Unclear(string a) => A = a;

        public Unclear(string a, int b) => (A, B) = (a, b);

        public string? A { get; }

        public int B { get; }
    }

    public interface IShape
    {
        int A { get; }
    }

    [JsonDerivedType(typeof(Circle), "circle")]
    [JsonDerivedType(typeof(Square), 2)]
    public abstract class Shape;

    public sealed class Circle : Shape
    {
        public decimal Radius { get; set; }
    }

    public sealed class Square : Shape
    {
        public int Side { get; set; }
    }

    public sealed class Attributed : IJsonOnDeserialized, IJsonOnDeserializing
    {
        [JsonPropertyName("the_name")]
        public string Name { get; set; } = "";

        [JsonIgnore]
        public string? Secret { get; set; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Empty { get; set; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public int Zero { get; set; }

        [JsonPropertyName("first"), JsonPropertyOrder(-1)]
        public int First { get; set; }

        [JsonInclude]
        internal int Included { get; set; }

        [JsonConverter(typeof(DayMonth))]
        public DateOnly Date { get; set; }

        [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
        public int Text { get; set; }

        [JsonConverter(typeof(KebabConverter))]
        public Snail Day { get; set; }

        public int Computed => 7;

        internal string Calls = "";

        public void OnDeserializing() => Calls += "deserializing ";

        public void OnDeserialized() => Calls += "deserialized";
    }

    public enum Snail
    {
        Quick,
        VerySlow,
    }

    public sealed class KebabConverter() : JsonStringEnumConverter<Snail>(JsonNamingPolicy.KebabCaseLower);

    public sealed class DayMonth : JsonConverter<DateOnly>
    {
        public override DateOnly Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            DateOnly.ParseExact(reader.GetString()!, "d'/'M'/'yyyy", System.Globalization.CultureInfo.InvariantCulture);

        public override void Write(Utf8JsonWriter writer, DateOnly value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString("d'/'M'/'yyyy", System.Globalization.CultureInfo.InvariantCulture));
    }

    [JsonConverter(typeof(CelsiusConverter))]
    public sealed record Celsius(double Degrees);

    public sealed class CelsiusConverter : JsonConverter<Celsius>
    {
        public override Celsius Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(double.Parse(reader.GetString()!.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));

        public override void Write(Utf8JsonWriter writer, Celsius value, JsonSerializerOptions options) =>
            writer.WriteStringValue(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value.Degrees} °C"));
    }

    public sealed class Broken
    {
        public int Value => throw new InvalidOperationException("not now");
    }
}
