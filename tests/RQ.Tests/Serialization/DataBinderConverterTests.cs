using System.Text.Json;
using System.Text.Json.Serialization;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>A converter of a member is for that member alone, as in System.Text.Json.</summary>
public class DataBinderConverterTests
{
    [Theory]
    [InlineData("pickle")]
    [InlineData("json")]
    public void A_converter_may_pass_the_value_on_to_System_Text_Json(string serializer)
    {
        var value = new Outer { Inner = new Inner { X = 1, Next = new Inner { X = -2 } } };
        Outer back = DataBinderTests.Bind<Outer>(serializer, value);
        back.Inner!.X.ShouldBe(1);
        // Below the member nothing is checked.
        back.Inner.Next!.X.ShouldBe(-2);
        value.Inner.X = -1;
        Should.Throw<ArgumentException>(() => DataTree.From(value)).Message.ShouldContain("negative");
        var bad = new OrderedDictionary<object, object?> { ["X"] = -1L };
        Should.Throw<DataBindingException>(() => DataBinderObjectTests.Bind<Outer>(("inner", bad))).Message.ShouldStartWith("At 'Inner'");
        DataBinderObjectTests.Bind<Outer>(("inner", null)).Inner.ShouldBeNull();
    }

    [Fact]
    public void A_converter_decides_about_nullable_and_polymorphic_members_too()
    {
        var value = new Various { Day = new DateOnly(2026, 1, 2), Shape = new DataBinderObjectTests.Circle { Radius = 2 } };
        var data = (OrderedDictionary<object, object?>)DataTree.From(value)!;
        data["Day"].ShouldBe("2/1/2026");
        data["None"].ShouldBeNull();
        data["Shape"].ShouldBe("circle of 2");
        var back = (Various)DataBinder.Bind(data, typeof(Various))!;
        (back.Day, back.None).ShouldBe((value.Day, null));
        back.Shape.ShouldBeOfType<DataBinderObjectTests.Circle>().Radius.ShouldBe(2);
    }

    public sealed class Inner
    {
        public int X { get; set; }

        public Inner? Next { get; set; }
    }

    public sealed class Outer
    {
        [JsonConverter(typeof(Checked))]
        public Inner? Inner { get; set; }
    }

    public sealed class Various
    {
        [JsonConverter(typeof(DataBinderObjectTests.DayMonth))]
        public DateOnly? Day { get; set; }

        [JsonConverter(typeof(DataBinderObjectTests.DayMonth))]
        public DateOnly? None { get; set; }

        [JsonConverter(typeof(ShapeText))]
        public DataBinderObjectTests.Shape? Shape { get; set; }
    }

    public sealed class Checked : JsonConverter<Inner>
    {
        public override Inner? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Check(JsonSerializer.Deserialize<Inner>(ref reader, options)!);

        public override void Write(Utf8JsonWriter writer, Inner value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, Check(value), options);

        private static Inner Check(Inner value) => value.X >= 0 ? value : throw new JsonException("X is negative");
    }

    public sealed class ShapeText : JsonConverter<DataBinderObjectTests.Shape>
    {
        public override DataBinderObjectTests.Shape Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new DataBinderObjectTests.Circle { Radius = decimal.Parse(reader.GetString()!.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture) };

        public override void Write(Utf8JsonWriter writer, DataBinderObjectTests.Shape value, JsonSerializerOptions options) =>
            writer.WriteStringValue(FormattableString.Invariant($"circle of {((DataBinderObjectTests.Circle)value).Radius}"));
    }
}
