using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>Records, classes and structs as data and back: names, constructors, and members of every type.</summary>
public partial class DataBinderObjectTests
{
    public static TheoryData<string> Serializers => ["pickle", "json"];

    [Theory, MemberData(nameof(Serializers))]
    public void Members_of_every_type_come_back(string serializer)
    {
        var order = new Order
        {
            Id = Guid.NewGuid(), Price = 12.30m, Big = BigInteger.Pow(10, 40), At = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), Day = new DateOnly(2026, 1, 2),
            Wait = TimeSpan.FromMinutes(90), Image = [1, 255], Pair = (1, "two"), Tags = ["a", "b"], State = DayOfWeek.Friday, Number = new Complex(1, 2),
            Lines = [new Line("x", 1.10m), new Line("y", 2)], ByDay = new() { [DayOfWeek.Monday] = new Line("z", 3) }, Optional = null, Grid = new[,] { { 1, 2 } },
        };
        Order back = DataBinderTests.Bind<Order>(serializer, order);
        back.Id.ShouldBe(order.Id);
        back.Price.ToString(System.Globalization.CultureInfo.InvariantCulture).ShouldBe("12.30");
        back.Big.ShouldBe(order.Big);
        back.At.EqualsExact(order.At).ShouldBeTrue();
        back.Day.ShouldBe(order.Day);
        back.Wait.ShouldBe(order.Wait);
        back.Image.ShouldBe(order.Image);
        back.Pair.ShouldBe(order.Pair);
        back.Tags.ShouldBe(order.Tags, ignoreOrder: true);
        back.State.ShouldBe(order.State);
        back.Number.ShouldBe(order.Number);
        back.Lines.ShouldBe(order.Lines);
        back.ByDay.ShouldBe(order.ByDay);
        back.Optional.ShouldBeNull();
        back.Grid.ShouldBe(order.Grid);
    }

    [Fact]
    public void Members_are_data_of_their_own_kinds()
    {
        var data = DataTree.From(new { Price = 0.10m, At = DateTimeOffset.UnixEpoch, Id = Guid.Empty, Image = new byte[] { 1 }, Day = DayOfWeek.Friday, Half = (Half)0.5, Pair = (1, 2), Set = new HashSet<int> { 1 } })
            .ShouldBeOfType<OrderedDictionary<object, object?>>();
        data.Keys.ShouldBe(["Price", "At", "Id", "Image", "Day", "Half", "Pair", "Set"]);
        data["Price"].ShouldBe(0.10m);
        data["At"].ShouldBe(DateTimeOffset.UnixEpoch);
        data["Id"].ShouldBe(Guid.Empty);
        data["Image"].ShouldBeOfType<byte[]>();
        data["Day"].ShouldBe("Friday");
        data["Pair"].ShouldBeOfType<object?[]>();
        data["Set"].ShouldBeOfType<HashSet<object>>();
    }

    [Theory]
    [InlineData("FirstName")]
    [InlineData("firstName")]
    [InlineData("first_name")]
    [InlineData("FIRST_NAME")]
    [InlineData("firstname")]
    public void Members_are_found_by_their_names_as_each_language_writes_them(string name)
    {
        Bind<Person>((name, "Ada")).FirstName.ShouldBe("Ada");
        Bind<Settable>((name, "Ada")).FirstName.ShouldBe("Ada");
        Bind<Fields>((name, "Ada")).FirstName.ShouldBe("Ada");
    }

    [Fact]
    public void The_exact_name_wins_and_unknown_names_are_ignored()
    {
        Bind<Person>(("first_name", "no"), ("FirstName", "Ada"), ("FIRSTNAME", "no"), ("extra", 1L), (5L, 1L)).FirstName.ShouldBe("Ada");
        Bind<Named>(("the name", "a"), ("Name", "no")).Name.ShouldBe("a");
        Bind<Named>(("name", "b")).Name.ShouldBe("b");
        Should.Throw<DataBindingException>(() => Bind<Strict>(("Name", "a"), ("extra", 1L))).Message.ShouldContain("Strict has no member 'extra'");
        Bind<Strict>(("Name", "a"), ("$type", "x")).Name.ShouldBe("a");
        Extended extended = Bind<Extended>(("Name", "a"), ("extra", 1L), ("more", new List<object?> { 2L }));
        extended.Rest!["extra"].ShouldBe(1L);
        DataTree.From(extended).ShouldBeOfType<OrderedDictionary<object, object?>>().Keys.ShouldBe(["Name", "extra", "more"]);
    }

    [Fact]
    public void What_is_missing_has_its_default_or_is_named_in_the_error()
    {
        Bind<Defaults>(("Must", 1L)).ShouldBe(new Defaults(1));
        Bind<Defaults>(("must", 1L), ("text", null)).ShouldBe(new Defaults(1, null));
        Should.Throw<DataBindingException>(() => Bind<Defaults>()).Message.ShouldContain("The member 'Must' of Defaults is missing.");
        Should.Throw<DataBindingException>(() => Bind<Needy>(("Other", 1L))).Message.ShouldContain("The member 'Name' of Needy is missing.");
        Bind<Needy>(("Name", "a")).Name.ShouldBe("a");
        Bind<Person>(("FirstName", "Ada")).Age.ShouldBeNull();
    }

    [Fact]
    public void Tuples_and_lists_are_bound_by_the_places_of_the_constructor()
    {
        DataBinder.Bind(new object?[] { 1L, "x", 2.5m }, typeof(Defaults)).ShouldBe(new Defaults(1, "x", 2.5m));
        DataBinder.Bind(new List<object?> { 1L }, typeof(Defaults)).ShouldBe(new Defaults(1));
        DataBinder.Bind(new object?[] { 1L, 2L }, typeof(Size)).ShouldBe(new Size(1, 2));
        Should.Throw<DataBindingException>(() => DataBinder.Bind(new object?[] { 1L }, typeof(Size))).Message.ShouldContain("it has 1 items, the constructor 2 parameters");
        Should.Throw<DataBindingException>(() => DataBinder.Bind(new object?[] { 1L, 2L, 3L, 4L, 5L, 6L }, typeof(Defaults)));
        Should.Throw<DataBindingException>(() => DataBinder.Bind(new object?[] { "x" }, typeof(Settable))).Message.ShouldContain("Send a dict");
        Should.Throw<DataBindingException>(() => DataBinder.Bind(new object?[] { "Ada", "x" }, typeof(Person))).Message.ShouldContain("At 'Age'");
    }

    [Fact]
    public void A_type_of_one_value_is_made_from_the_bare_value()
    {
        DataBinder.Bind(5L, typeof(UserId)).ShouldBe(new UserId(5));
        DataBinder.Bind(new object?[] { 5L }, typeof(UserId)).ShouldBe(new UserId(5));
        ((Tags)DataBinder.Bind(new List<object?> { "a", "b" }, typeof(Tags))!).Values.ShouldBe(["a", "b"]);
        ((Tags)DataBinder.Bind(new List<object?> { "a" }, typeof(Tags))!).Values.ShouldBe(["a"]);
        ((Tags)DataBinder.Bind(new object?[] { new List<object?> { "a" } }, typeof(Tags))!).Values.ShouldBe(["a"]);
        Should.Throw<DataBindingException>(() => DataBinder.Bind("x", typeof(UserId))).Message.ShouldContain("At 'Value': A text does not fit the type Int32");
        Should.Throw<DataBindingException>(() => DataBinder.Bind("path", typeof(FileInfo)));
        Should.Throw<DataBindingException>(() => DataBinder.Bind(5L, typeof(Hidden)));
        Should.Throw<DataBindingException>(() => DataBinder.Bind(5L, typeof(Size))).Message.ShouldBe("A whole number does not fit the type Size.");
    }

    [Fact]
    public void The_error_says_where_in_the_value_it_is()
    {
        var bad = Dict(("lines", new List<object?> { Dict(("name", "a"), ("price", 1L)), Dict(("name", "b"), ("price", "much")) }));
        Should.Throw<DataBindingException>(() => DataBinder.Bind(bad, typeof(Order))).Message.ShouldStartWith("At 'Lines[1].Price': A text does not fit the type Decimal");
        var keys = Dict(("a", Dict(("x", 1L))));
        Should.Throw<DataBindingException>(() => DataBinder.Bind(keys, typeof(Dictionary<string, Dictionary<int, int>>))).Message.ShouldBe("At '['a']['x']': A text does not fit the type Int32.");
        Should.Throw<DataBindingException>(() => DataBinder.Bind(new List<object?> { 1L, null }, typeof(int[]))).Message.ShouldBe("At '[1]': null does not fit the type Int32.");
        Should.Throw<DataBindingException>(() => DataBinder.Bind(new object?[] { 1L, "x" }, typeof((int, int)))).Message.ShouldStartWith("At '[1]'");
        Should.Throw<DataBindingException>(() => DataBinder.Bind(Dict(("1", 1L), ("01", 2L)), typeof(Dictionary<int, int>))).Message.ShouldContain("two keys are the same Int32");
        Should.Throw<DataBindingException>(() => Bind<Picky>(("Value", -1L))).Message.ShouldContain("must be a non-negative value");
        DataBindingException deep = Should.Throw<DataBindingException>(() => DataBinder.Bind(Nested(900), typeof(Node)));
        deep.Path.Length.ShouldBe(900 * ".Next".Length + ".Value".Length);
    }

    [Fact]
    public void Constructors_that_cannot_be_chosen_are_told_of()
    {
        Bind<Chosen>(("B", 2L)).B.ShouldBe(2);
        Should.Throw<DataBindingException>(() => Bind<Unclear>(("A", 2L))).Message.ShouldContain("[JsonConstructor]");
        Should.Throw<DataBindingException>(() => Bind<Shape>(("A", 2L))).Message.ShouldContain("abstract");
        Should.Throw<DataBindingException>(() => Bind<IShape>(("A", 2L))).Message.ShouldContain("abstract");
        Bind<Hidden>(("value", 5L)).Shown.ShouldBe(6);
        Bind<Ignoring>(("Name", "a"), ("Secret", "no")).ShouldBe(new Ignoring("a"));
    }

    [Theory, MemberData(nameof(Serializers))]
    public void Attributes_of_system_text_json_count(string serializer)
    {
        var value = new Attributed { Name = "a", Secret = "s", Empty = null, Zero = 0, Included = 5, Date = new DateOnly(2026, 1, 2), Text = 5, Day = Snail.VerySlow };
        var data = DataTree.From(value).ShouldBeOfType<OrderedDictionary<object, object?>>();
        data.Keys.ShouldBe(["first", "the_name", "Included", "Date", "Text", "Day", "Computed"]);
        data["Date"].ShouldBe("2/1/2026");
        data["Text"].ShouldBe("5");
        data["Day"].ShouldBe("very-slow");
        Attributed back = DataBinderTests.Bind<Attributed>(serializer, value);
        (back.Name, back.Secret, back.Included, back.Date, back.Text, back.Day).ShouldBe(("a", null, 5, new DateOnly(2026, 1, 2), 5, Snail.VerySlow));
        back.Calls.ShouldBe("deserializing deserialized");
        Bind<Attributed>(("Day", "VERY_SLOW"), ("Text", 7L)).Day.ShouldBe(Snail.VerySlow);
        Should.Throw<DataBindingException>(() => Bind<Attributed>(("Date", "x"))).Message.ShouldStartWith("At 'Date'");
    }

    [Theory, MemberData(nameof(Serializers))]
    public void Types_with_a_converter_are_left_to_it(string serializer)
    {
        DataTree.From(new Celsius(21.5)).ShouldBe("21.5 °C");
        DataBinderTests.RoundTrip(serializer, new Celsius(21.5));
        DataBinderTests.Bind<List<Celsius>>(serializer, new List<Celsius> { new(1) }).ShouldBe([new Celsius(1)]);
        Should.Throw<DataBindingException>(() => DataBinder.Bind(5L, typeof(Celsius)));
    }

    [Theory, MemberData(nameof(Serializers))]
    public void Derived_types_are_named_in_the_data(string serializer)
    {
        DataBinderTests.Bind<Shape>(serializer, new Circle { Radius = 1.10m }).ShouldBeOfType<Circle>().Radius.ShouldBe(1.10m);
        List<Shape> shapes = DataBinderTests.Bind<List<Shape>>(serializer, new List<Shape> { new Circle { Radius = 1 }, new Square { Side = 2 } });
        shapes[1].ShouldBeOfType<Square>().Side.ShouldBe(2);
        DataBinderTests.Bind<Circle>(serializer, new Circle { Radius = 3 }).Radius.ShouldBe(3);
        DataTree.From(new Circle { Radius = 1 }).ShouldBeOfType<OrderedDictionary<object, object?>>()["$type"].ShouldBe("circle");
        Should.Throw<DataBindingException>(() => Bind<Shape>(("$type", "hexagon"))).Message.ShouldContain("'hexagon' in '$type' names no type derived from Shape");
    }

    [Theory, MemberData(nameof(Serializers))]
    public void Structs_inheritance_and_recursion(string serializer)
    {
        DataBinderTests.RoundTrip(serializer, new Size(1, 2));
        DataBinderTests.RoundTrip(serializer, new Mutable { X = 1, Y = 2.5m });
        DataBinderTests.RoundTrip<Mutable?>(serializer, new Mutable { X = 1 });
        Derived derived = DataBinderTests.Bind<Derived>(serializer, new Derived { FirstName = "a", More = 5 });
        (derived.FirstName, derived.More).ShouldBe(("a", 5));
        Node node = DataBinderTests.Bind<Node>(serializer, new Node { Value = 1, Next = new Node { Value = 2, Children = { ["c"] = new Node { Value = 3 } } } });
        node.Next!.Children["c"].Value.ShouldBe(3);
        DataBinderTests.RoundTrip(serializer, new Pair<int, Pair<string, decimal>>(1, new("x", 0.10m)));
    }

    [Theory, MemberData(nameof(Serializers))]
    public void A_value_that_holds_itself_is_refused(string serializer)
    {
        JobSerializer format = serializer == "json" ? JobSerializer.Json : JobSerializer.Pickle;
        var list = new List<object?>();
        list.Add(list);
        var node = new Node();
        node.Next = node;
        foreach (object value in new object[] { list, node, new Dictionary<string, object> { ["x"] = node } })
            Should.Throw<ArgumentException>(() => format.Serialize(DataTree.From(value))).Message.ShouldContain("nested deeper than 256 levels, or holds itself");
    }

    [Fact]
    public void What_cannot_be_stored_is_refused_with_its_reason()
    {
        Should.Throw<ArgumentException>(() => DataTree.From(new Broken())).Message.ShouldContain("its member 'Value' threw InvalidOperationException: not now");
        Should.Throw<ArgumentException>(() => DataTree.From(new Dictionary<List<int>, int> { [[1]] = 1 })).Message.ShouldContain("A key of type List<Int32> cannot be stored");
        Should.Throw<ArgumentException>(() => DataTree.From(new Dictionary<Size, int> { [new Size(1, 2)] = 1 }));
        Should.Throw<ArgumentException>(() => DataTree.From(typeof(string)));
        Should.Throw<ArgumentException>(() => DataTree.From((Action)(() => { })));
        // A handle: another process has no such thing.
        Should.Throw<ArgumentException>(() => DataTree.From((nint)1));
        Should.Throw<DataBindingException>(() => DataBinder.Bind(1L, typeof(nint)));
        Should.Throw<ArgumentException>(() => JobSerializer.Json.Serialize(new OrderedDictionary<object, object?> { [1L] = 1, ["1"] = 2 })).Message.ShouldContain("both '1'");
        Should.Throw<ArgumentException>(() => JobSerializer.Json.Serialize(new Order())).Message.ShouldContain("is not plain data");
    }

    [Fact]
    public void Dictionaries_that_only_their_interfaces_show_are_dicts()
    {
        dynamic loose = new System.Dynamic.ExpandoObject();
        loose.name = "a";
        loose.price = 0.10m;
        DataTree.From((object)loose).ShouldBeOfType<OrderedDictionary<object, object?>>()["price"].ShouldBe(0.10m);
        DataTree.From(Yielded()).ShouldBe(new List<object?> { 1, 2 });

        static IEnumerable<int> Yielded()
        {
            yield return 1;
            yield return 2;
        }
    }

    internal static T Bind<T>(params (object Key, object? Value)[] entries) => (T)DataBinder.Bind(Dict(entries), typeof(T))!;

    private static OrderedDictionary<object, object?> Dict(params (object Key, object? Value)[] entries)
    {
        var map = new OrderedDictionary<object, object?>();
        foreach ((object key, object? value) in entries)
            map.Add(key, value);
        return map;
    }

    private static OrderedDictionary<object, object?> Nested(int levels)
    {
        OrderedDictionary<object, object?> map = Dict(("value", "bad"));
        for (int i = 0; i < levels; i++)
            map = Dict(("next", map));
        return map;
    }
}
