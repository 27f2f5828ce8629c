using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace RQ.Serialization;

/// <summary>
/// A name in a pickle that stands for a kind of data. It is a marker: nothing is imported or looked up, and a call
/// of it makes the one .NET value that <see cref="All"/> gives for it.
/// </summary>
internal sealed class PickleName
{
    private readonly Func<object?[], PickleKeys, object?>? _make;

    private PickleName(string fullName, Func<object?[], PickleKeys, object?>? make)
    {
        FullName = fullName;
        _make = make;
    }

    /// <summary>Module and name, e.g. <c>"datetime.datetime"</c>.</summary>
    public string FullName { get; }

    public static PickleName Find(string module, string name)
    {
        // Python 2 and protocols below 3 have the old name of the builtins module.
        var fullName = (module == "__builtin__" ? "builtins" : module) + "." + name;
        return All.GetValueOrDefault(fullName) ?? throw new PickleException(
            $"The pickle refers to '{fullName}', which is not data: only None, bool, numbers, text, bytes, list, tuple, dict, set "
            + "and the value types of datetime, zoneinfo, decimal, fractions, uuid and collections are read. "
            + "Send the value as one of these.");
    }

    public object Call(object?[] arguments, PickleKeys keys)
    {
        if (_make is null)
        {
            throw new PickleException($"The pickle calls '{FullName}', which is not data.");
        }
        keys.Budget.SpendOnCall(arguments);
        object? value;
        try
        {
            value = _make(arguments, keys);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw Unfit(e);
        }
        return value ?? throw Unfit(null);
    }

    /// <summary>NEWOBJ: an object without arguments whose state comes later, or the same as a call.</summary>
    public object Create(object?[] arguments, PickleKeys keys) =>
        FullName == "uuid.UUID" && arguments.Length == 0 ? new PickleUnbuilt() : Call(arguments, keys);

    private PickleException Unfit(Exception? inner) =>
        new($"The pickle holds a '{FullName}' whose contents are damaged or have no counterpart in .NET.", inner);

    /// <summary>Every name that is known. A maker returns <c>null</c> for arguments it does not take.</summary>
    private static readonly Dictionary<string, PickleName> All = Table();

    private static Dictionary<string, PickleName> Table()
    {
        var all = new Dictionary<string, PickleName>();

        Add("builtins.set", (args, keys) => Fill(new HashSet<object>(PickleKeyComparer.Instance), args, keys));
        Add("builtins.frozenset", (args, keys) => Fill(new PickleFrozenSet(), args, keys));
        Add("builtins.bytes", (args, _) => Bytes(args));
        Add("builtins.bytearray", (args, _) => Bytes(args));
        Add("builtins.complex", (args, _) => args is [double real, double imaginary] ? new Complex(real, imaginary) : null);
        Add("_codecs.encode", (args, _) => Bytes(args));
        // What zoneinfo writes for a zone; any other use of getattr is refused.
        Add("builtins.getattr", (args, _) =>
            args is [PickleName { FullName: "zoneinfo.ZoneInfo" }, "_unpickle"] ? all["zoneinfo.ZoneInfo._unpickle"] : null);

        Add("datetime.datetime", (args, _) => PickleTime.DateAndTime(args));
        Add("datetime.date", (args, _) => PickleTime.Date(args));
        Add("datetime.time", (args, _) => PickleTime.TimeOfDay(args));
        Add("datetime.timedelta", (args, _) => PickleTime.Duration(args));
        Add("datetime.timezone", (args, _) => args is [TimeSpan offset, ..] ? PickleZone.Fixed(offset) : null);
        Add("zoneinfo.ZoneInfo", (args, _) => args is [string zone] ? PickleZone.Named(zone) : null);
        Add("zoneinfo.ZoneInfo._unpickle", (args, _) => args is [string zone, _] ? PickleZone.Named(zone) : null);
        Add("pytz._UTC", (args, _) => args is [] ? PickleZone.Fixed(TimeSpan.Zero) : null);
        Add("pytz._p", (args, _) => args switch
        {
            [string zone] => PickleZone.Named(zone),
            [string, long offset, long, string] => PickleZone.Fixed(TimeSpan.FromSeconds(offset)),
            _ => null,
        });

        Add("decimal.Decimal", (args, _) => args is [string text] ? PickleNumber.Decimal(text) : null);
        Add("fractions.Fraction", (args, _) => PickleNumber.Fraction(args));
        Add("uuid.UUID", (args, _) => args is [string text] && Guid.TryParse(text, out var guid) ? guid : null);

        Add("collections.OrderedDict", (args, keys) => Dict(args, keys));
        Add("collections.Counter", (args, keys) => Dict(args, keys));
        Add("collections.defaultdict", (args, keys) => args is [] or [null or PickleName] ? Dict([], keys) : null);
        Add("collections.deque", (args, _) => args switch
        {
            [] => new List<object?>(),
            [object?[] items, ..] => [.. items],
            [List<object?> items, ..] => new List<object?>(items),
            _ => null,
        });

        // As the factory of a defaultdict.
        foreach (var type in (ReadOnlySpan<string>)["bool", "int", "float", "str", "list", "tuple", "dict"])
        {
            Add("builtins." + type, null);
        }
        return all;

        void Add(string name, Func<object?[], PickleKeys, object?>? make) => all.Add(name, new PickleName(name, make));
    }

    private static HashSet<object>? Fill(HashSet<object> set, object?[] args, PickleKeys keys)
    {
        switch (args)
        {
            case []:
                return set;
            case [object?[] items]:
                keys.AddItems(set, items);
                return set;
            case [List<object?> items]:
                keys.AddItems(set, CollectionsMarshal.AsSpan(items));
                return set;
            default:
                return null;
        }
    }

    /// <summary>Before protocol 3, bytes were written as Latin-1 text and an instruction to encode it.</summary>
    private static byte[]? Bytes(object?[] args) => args switch
    {
        [] => [],
        [byte[] bytes] => bytes,
        [string text, "latin1" or "latin-1"] when !text.AsSpan().ContainsAnyExceptInRange('\0', '\u00ff') => Encoding.Latin1.GetBytes(text),
        _ => null,
    };

    private static OrderedDictionary<object, object?>? Dict(object?[] args, PickleKeys keys)
    {
        var dict = new OrderedDictionary<object, object?>(PickleKeyComparer.Instance);
        switch (args)
        {
            case []:
                return dict;
            case [OrderedDictionary<object, object?> items]:
                foreach (var (key, value) in items)
                {
                    keys.SetItems(dict, [key, value]);
                }
                return dict;
            case [List<object?> pairs]:
                foreach (var pair in pairs)
                {
                    keys.SetItems(dict, pair is List<object?> { Count: 2 } list ? [list[0], list[1]] : pair as object?[]);
                }
                return dict;
            default:
                return null;
        }
    }
}
