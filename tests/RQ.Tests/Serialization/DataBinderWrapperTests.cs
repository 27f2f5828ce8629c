using System.Text.Json.Serialization;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>Types of a single value: from the bare value, from a list of it, and never without an end.</summary>
public class DataBinderWrapperTests
{
    [Fact]
    public void A_wrapper_that_holds_itself_is_made_from_no_bare_value()
    {
        foreach (object data in new object[] { 5L, "x", List(1L, 2L), new HashSet<object> { 1L } })
        {
            foreach (Type type in new[] { typeof(Folder), typeof(Left), typeof(Right) })
                Should.Throw<DataBindingException>(() => DataBinder.Bind(data, type));
        }

        DataBinderObjectTests.Bind<Folder>(("parent", new OrderedDictionary<object, object?> { ["name"] = "a" })).Parent!.Name.ShouldBe("a");
        ((Folder)DataBinder.Bind(List(List(new OrderedDictionary<object, object?> { ["name"] = "a" })), typeof(Folder))!).Parent!.Parent!.Name.ShouldBe("a");
        DataBinder.Bind(5L, typeof(Outer)).ShouldBe(new Outer(new Middle(new DataBinderObjectTests.UserId(5))));
    }

    [Theory]
    [InlineData(14)]
    [InlineData(24)]
    [InlineData(250)]
    public void Lists_within_lists_are_bound_in_one_attempt(int levels)
    {
        object? bad = 5L, good = List();
        for (int i = 0; i < levels; i++)
            (bad, good) = (List(bad), List(good));
        foreach (Type type in new[] { typeof(Tree), typeof(Steps), typeof(Nested) })
        {
            Should.Throw<DataBindingException>(() => DataBinder.Bind(bad, type));
            DataBinder.Bind(good, type).ShouldBeOfType(type);
        }
    }

    [Fact]
    public void A_list_is_the_value_or_holds_it()
    {
        DataBinderObjectTests.Size size = new(1, 2);
        ((Sizes)DataBinder.Bind(List(List(1L, 2L)), typeof(Sizes))!).All.ShouldBe([size]);
        ((Sizes)DataBinder.Bind(List(List(List(1L, 2L))), typeof(Sizes))!).All.ShouldBe([size]);
        ((Sizes)DataBinder.Bind(List(List(1L, 2L), List(1L, 2L)), typeof(Sizes))!).All.ShouldBe([size, size]);
        ((Sizes)DataBinder.Bind(List(), typeof(Sizes))!).All.ShouldBeEmpty();
        ((Matrix)DataBinder.Bind(List(List(1L, 2L)), typeof(Matrix))!).Rows.ShouldBe([[1, 2]]);
        ((Matrix)DataBinder.Bind(List(List(List(1L, 2L))), typeof(Matrix))!).Rows.ShouldBe([[1, 2]]);
        ((Cube)DataBinder.Bind(List(List(List(1L))), typeof(Cube))!).Rows.ShouldBe([[[1]]]);
        ((Cube)DataBinder.Bind(List(List(List(List(1L)))), typeof(Cube))!).Rows.ShouldBe([[[1]]]);
        ((Board)DataBinder.Bind(List(List(1L, 2L)), typeof(Board))!).Cells.ShouldBe(new[,] { { 1, 2 } });
        DataBinder.Bind(List(1L, "a"), typeof(Pair)).ShouldBe(new Pair((1, "a")));
        DataBinder.Bind(List(List(1L, "a")), typeof(Pair)).ShouldBe(new Pair((1, "a")));
        DataBinder.Bind(List(1L, 2L), typeof(Area)).ShouldBe(new Area(size));
        DataBinder.Bind(List(List(1L, 2L)), typeof(Area)).ShouldBe(new Area(size));
    }

    [Fact]
    public void What_is_never_read_is_not_given_by_its_place_either()
    {
        DataBinder.Bind(List("bob"), typeof(User)).ShouldBe(new User("bob"));
        Should.Throw<DataBindingException>(() => DataBinder.Bind(List("bob", true), typeof(User))).Message.ShouldContain("it has 2 items, the constructor 1 parameters");
        DataBinder.Bind(List("bob", 5L), typeof(Account)).ShouldBe(new Account("bob", false, 5));
        DataBinderObjectTests.Bind<Account>(("name", "bob"), ("isAdmin", true), ("level", 5L)).ShouldBe(new Account("bob", false, 5));
    }

    private static List<object?> List(params object?[] items) => [.. items];

    public sealed class Folder(Folder? parent)
    {
        public Folder? Parent { get; } = parent;

        public string Name { get; set; } = "";
    }

    public sealed record Left(Right? Right);

    public sealed record Right(Left? Left);

    public sealed record Outer(Middle Middle);

    public sealed record Middle(DataBinderObjectTests.UserId Id);

    public sealed record Tree(List<Tree> Children);

    public sealed record Steps(List<List<Steps>> Items);

    public sealed record Nested(Nested[]? Items);

    public sealed record Sizes(List<DataBinderObjectTests.Size> All);

    public sealed record Matrix(int[][] Rows);

    public sealed record Cube(int[][][] Rows);

    public sealed record Board(int[,] Cells);

    public sealed record Pair((int, string) Both);

    public sealed record Area(DataBinderObjectTests.Size Size);

    public sealed record User(string Name, [property: JsonIgnore] bool IsAdmin = false);

    public sealed record Account(string Name, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenReading)] bool IsAdmin, int Level);
}
