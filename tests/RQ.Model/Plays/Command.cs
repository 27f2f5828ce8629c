using System.Globalization;

namespace RQ.Model.Plays;

/// <summary>How the calls of a command reach the server.</summary>
internal enum Sending
{
    /// <summary>All of them now.</summary>
    Now,

    /// <summary>The first one now; the others when a <c>continue</c> says so, with whatever comes in between.</summary>
    Split,

    /// <summary>None yet: the first one, too, comes late.</summary>
    Late,
}

/// <summary>
/// One step of a play, as data: a verb, and numbers that choose. Each number counts modulo what there is to choose from at that moment, so a
/// play stays meaningful when other commands are taken out of it. It is written as <c>finish worker=1 pick=2 twice=1</c>; what is 0 is left out.
/// </summary>
internal sealed class Command : IEquatable<Command>
{
    private readonly SortedDictionary<string, int> _numbers = new(StringComparer.Ordinal);

    public Command(string verb, IEnumerable<KeyValuePair<string, int>> numbers)
    {
        Verb = verb;
        foreach ((string name, int value) in numbers.Where(number => number.Value != 0))
            _numbers[name] = value;
    }

    public string Verb { get; }

    public int this[string name] => _numbers.GetValueOrDefault(name);

    public Sending Sending => (Sending)this["sent"];

    /// <summary>Whether the answer to each call is lost, and the call sent again.</summary>
    public bool IsTwice => this["twice"] == 1;

    /// <summary>The same with one of the numbers gone, or smaller, for each of them: simpler ones.</summary>
    public IEnumerable<Command> Simpler => _numbers.Where(number => number.Key != "n").SelectMany(number => Smaller(number.Value).Select(smaller =>
        new Command(Verb, _numbers.Select(each => each.Key == number.Key ? KeyValuePair.Create(each.Key, smaller) : each))));

    private static IEnumerable<int> Smaller(int value) => new[] { 0, 1, value / 2, value - 1 }.Where(smaller => smaller < value).Distinct();

    /// <summary>The same with another number.</summary>
    public Command With(string name, int number) => new(Verb, _numbers.Where(each => each.Key != name).Append(KeyValuePair.Create(name, number)));

    public static Command Parse(string line)
    {
        string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new Command(parts[0], parts.Skip(1).Select(part => part.Split('=')).Select(pair =>
            KeyValuePair.Create(pair[0], int.Parse(pair[1], CultureInfo.InvariantCulture))));
    }

    /// <summary>One command per line; empty lines, and what follows a <c>#</c>, are passed over.</summary>
    public static Command[] ParseAll(string text) =>
        [.. text.Split('\n').Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0).Select(Parse)];

    public override string ToString() => string.Join(' ', [Verb, .. _numbers.Select(number => $"{number.Key}={number.Value}")]);

    public bool Equals(Command? other) => other?.ToString() == ToString();

    public override bool Equals(object? obj) => Equals(obj as Command);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}
