using System.Globalization;

namespace RQ.Model.Plays;

/// <summary>
/// The ids of a play. A command chooses a job by a number, which counts modulo how many ids there are. Once it has chosen, the number can be
/// replaced by one that means this id (from 1000 on), so that the play chooses the same when commands are taken out.
/// </summary>
internal sealed class Names
{
    private const int Fixed = 1000;
    private const int Fresh = 2000;
    private const int FreshPerCommand = 4;

    private readonly List<int> _known = [];
    private readonly List<Command> _pinned = [];
    private int _serial;
    private int _made;

    /// <summary>All that were ever used, the first one first.</summary>
    public IEnumerable<string> All => _known.Select(TextOf);

    public bool IsEmpty => _known.Count == 0;

    public IReadOnlyList<Command> Pinned => _pinned;

    /// <param name="command">The next one.</param>
    /// <param name="position">Its place in the play; a command that was pinned brings its own.</param>
    public void Begin(Command command, int position)
    {
        _serial = command["n"] > 0 ? command["n"] : position;
        _made = 0;
        _pinned.Add(command.With("n", _serial));
    }

    /// <summary>One that was not used before.</summary>
    public string Next() => Use(Fresh + _serial * FreshPerCommand + _made++);

    /// <summary>One of twelve that are used again and again.</summary>
    public string Own(int number) => Use(Fixed + number % 12);

    /// <summary>The one that a number chooses.</summary>
    /// <param name="name">The number's name in the command.</param>
    /// <param name="number">The number.</param>
    public string Chosen(string name, int number)
    {
        int chosen = number >= Fixed ? number : _known[number % _known.Count];
        _pinned[^1] = _pinned[^1].With(name, chosen);
        return TextOf(chosen);
    }

    private string Use(int number)
    {
        if (!_known.Contains(number))
            _known.Add(number);
        return TextOf(number);
    }

    private static string TextOf(int number) => number < Fresh
        ? $"j{number - Fixed}"
        : string.Create(CultureInfo.InvariantCulture, $"f{(number - Fresh) / FreshPerCommand:d3}{(char)('a' + (number - Fresh) % FreshPerCommand)}");
}
