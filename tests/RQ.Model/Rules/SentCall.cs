using System.Globalization;
using RQ.Redis;
using StackExchange.Redis;

namespace RQ.Model.Rules;

/// <summary>A script call as it goes to the server, read the way the script reads it: keys and arguments are numbered from 1, keys without their prefix.</summary>
internal sealed class SentCall
{
    private readonly string[] _keys;
    private readonly string[] _arguments;
    private int _position;

    public SentCall(ScriptCall call, string prefix)
    {
        Name = call.Script.Name;
        _keys = [.. call.Keys.Select(key => ((string)key!)[prefix.Length..])];
        _arguments = [.. call.Arguments.Select(argument => (string?)argument ?? "")];
    }

    public string Name { get; }

    public int KeyCount => _keys.Length;

    public int ArgumentCount => _arguments.Length;

    public string Key(int number) => _keys[number - 1];

    /// <summary>What a key ends with, behind the first part: of <c>queue:high</c> it is <c>high</c>.</summary>
    public string NameIn(int number) => Key(number)[(Key(number).IndexOf(':', StringComparison.Ordinal) + 1)..];

    public string Argument(int number) => _arguments[number - 1];

    public bool IsTrue(int number) => Argument(number) == "1";

    public long Number(int number) => long.Parse(Argument(number), CultureInfo.InvariantCulture);

    public IEnumerable<string> ArgumentsFrom(int number) => _arguments.Skip(number - 1);

    /// <summary>The next one that <see cref="Next"/> gives.</summary>
    public void Seek(int number) => _position = number - 1;

    public string Next() => _arguments[_position++];

    public long NextNumber() => long.Parse(Next(), CultureInfo.InvariantCulture);

    public string[] Next(int count)
    {
        string[] taken = _arguments[_position..(_position + count)];
        _position += count;
        return taken;
    }

    public bool Declares(string key) => Array.IndexOf(_keys, key) >= 0;
}
