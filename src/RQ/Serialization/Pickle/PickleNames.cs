using System.Collections.Frozen;
using System.Numerics;

namespace RQ.Serialization;

/// <summary>The names that stand for kinds of data, with the .NET value that each makes. A maker returns <c>null</c> for arguments it does not take.</summary>
internal static class PickleNames
{
    private static readonly Dictionary<string, PickleName>.AlternateLookup<ReadOnlySpan<char>> All =
        Names().GetAlternateLookup<ReadOnlySpan<char>>();

    public static IEnumerable<string> Known => All.Dictionary.Keys;

    /// <summary><c>null</c> if the name is not one of data.</summary>
    public static PickleName? Find(string module, string name)
    {
        (module, name) = ToPython3(module, name);
        Span<char> fullName = stackalloc char[module.Length + 1 + name.Length];
        module.CopyTo(fullName);
        fullName[module.Length] = '.';
        name.CopyTo(fullName[(module.Length + 1)..]);
        return All.TryGetValue(fullName, out var known) ? known : null;
    }

    /// <summary>Python 2 and protocols below 3 have other names for some modules and types.</summary>
    private static (string Module, string Name) ToPython3(string module, string name) => module switch
    {
        "__builtin__" => ("builtins", name switch { "unicode" or "basestring" => "str", "long" => "int", "xrange" => "range", _ => name }),
        "exceptions" => ("builtins", name == "StandardError" ? "Exception" : name),
        "copy_reg" => ("copyreg", name),
        "UserDict" => ("collections", "UserDict"),
        "UserList" => ("collections", "UserList"),
        "UserString" => ("collections", "UserString"),
        _ => (module, name),
    };

    private static Table Names()
    {
        var names = new Table();
        AddBuiltins(names);
        AddTimes(names);
        AddZones(names);
        AddNumbers(names);
        AddCollections(names);
        AddTexts(names);
        AddReconstructors(names);
        PickleNumpy.AddNames(names.Add);
        return names;
    }

    private static void AddBuiltins(Table names)
    {
        names.Add("builtins.set", (args, keys) => PickleCollection.Fill(new HashSet<object>(PickleKeyComparer.Instance), args, keys));
        names.Add("builtins.frozenset", (args, keys) => PickleCollection.Fill(new PickleFrozenSet(), args, keys));
        names.Add("builtins.bytes", (args, _) => PickleCollection.Bytes(args));
        names.Add("builtins.bytearray", (args, _) => PickleCollection.Bytes(args));
        names.Add("_codecs.encode", (args, _) => PickleCollection.Bytes(args));
        names.Add("builtins.complex", (args, _) => args is [double real, double imaginary] ? new Complex(real, imaginary) : null);
        names.Add("builtins.range", (args, keys) => args is [long start, long stop, long step] ? PickleCollection.Range(start, stop, step, keys) : null);
        // The class a zone or an enum's member is got from; any other use of getattr is refused.
        names.Add("builtins.getattr", (args, keys) => args switch
        {
            [PickleName, "_unpickle"] => names["zoneinfo.ZoneInfo._unpickle"],
            [PickleName from, string member] => from.Member(member, keys),
            _ => null,
        });
        // Some versions of Python 3.11 write flags by their names.
        names.Add("_operator.or_", (args, _) => PickleCollection.Flags(args));

        // As the factory of a defaultdict, or what a class is a subclass of.
        foreach (var type in "object bool int float str list tuple dict".Split(' '))
        {
            names.Add("builtins." + type, null);
        }
        foreach (var type in PickleExceptionNames.All)
        {
            names.Add(PickleName.Exception("builtins." + type));
        }
        foreach (var type in "http.HTTPStatus http.HTTPMethod signal.Signals calendar.Day calendar.Month".Split(' '))
        {
            names.Add(PickleName.Enum(type));
        }
    }

    private static void AddTimes(Table names)
    {
        names.Add("datetime.datetime", (args, _) => PickleTime.DateAndTime(args));
        names.Add("datetime.date", (args, _) => PickleTime.Date(args));
        names.Add("datetime.time", (args, _) => PickleTime.TimeOfDay(args));
        names.Add("datetime.timedelta", (args, _) => PickleTime.Duration(args));
        names.Add("pandas._libs.tslibs.timestamps._unpickle_timestamp", (args, _) => PicklePandas.Timestamp(args));
        names.Add("pandas._libs.tslibs.timestamps.Timestamp", (args, _) => PicklePandas.Timestamp(args));
        names.Add("pandas._libs.tslibs.timedeltas._timedelta_unpickle", (args, _) => PicklePandas.Timedelta(args));
        names.Add("pandas._libs.tslibs.nattype.__nat_unpickle", (_, _) => PickleName.None);
        names.Add("pandas._libs.tslibs.nattype._nat_unpickle", (_, _) => PickleName.None);
        names.Add("pendulum.datetime.DateTime", (args, _) => PicklePandas.Pendulum(args));
    }

    private static void AddZones(Table names)
    {
        names.Add("datetime.timezone", (args, _) => args is [TimeSpan offset, ..] ? PickleZone.Fixed(offset) : null);
        names.Add("datetime.tzinfo", (args, _) => args is [] ? PickleZone.Unknown : null);
        names.Add("zoneinfo.ZoneInfo", (args, _) => args is [string zone] ? PickleZone.Named(zone) : null);
        names.Add("zoneinfo.ZoneInfo._unpickle", (args, _) => args is [string zone, _] ? PickleZone.Named(zone) : null);
        names.Add("pytz._UTC", (args, _) => args is [] ? PickleZone.Utc : null);
        names.Add("pytz._p", (args, _) => args switch
        {
            [string zone] => PickleZone.Named(zone),
            [string zone, long offset, long, string] => PickleZone.Named(zone, TimeSpan.FromSeconds(offset)),
            _ => null,
        });
        names.Add("pytz._FixedOffset", (args, _) => args is [long minutes] ? PickleZone.Fixed(TimeSpan.FromMinutes(minutes)) : null);
        names.Add("pytz.FixedOffset", (args, _) => args is [long minutes] ? PickleZone.Fixed(TimeSpan.FromMinutes(minutes)) : null);
        names.Add("dateutil.tz.tz.tzutc", (args, _) => args is [] ? PickleZone.Utc : null);
        names.AddObject("dateutil.tz.tz.tzoffset", null, PickleZone.OfOffset);
        names.AddObject("dateutil.tz.tz.tzfile", null, PickleZone.OfFile);
        names.Add("dateutil.zoneinfo.gettz", (args, _) => args is [string zone] ? PickleZone.Named(zone) : null);
        names.AddObject("dateutil.tz.tz.tzlocal", null, PickleZone.OfLocal);
        names.Add("pendulum.tz.timezone.Timezone", (args, _) => args is [string zone] ? PickleZone.Named(zone) : null);
        names.Add("pendulum.tz.timezone.FixedTimezone", (args, _) => args is [long seconds, ..] ? PickleZone.Fixed(TimeSpan.FromSeconds(seconds)) : null);
        names.Add("psycopg2.tz.FixedOffsetTimezone", (args, _) => args switch
        {
            [TimeSpan offset, ..] => PickleZone.Fixed(offset),
            [long minutes, ..] => PickleZone.Fixed(TimeSpan.FromMinutes(minutes)),
            _ => null,
        });
    }

    private static void AddNumbers(Table names)
    {
        names.Add("decimal.Decimal", (args, _) => args is [string text] ? PickleNumber.Decimal(text) : null);
        names.Add("fractions.Fraction", PickleNumber.Fraction);
        names.AddObject("uuid.UUID", (args, _) => args is [string text] && Guid.TryParse(text, out var guid) ? guid : null, PickleNumber.Uuid);
        names.Add("array.array", (args, keys) => PickleArray.Plain(args, keys));
        names.Add("array._array_reconstructor", (args, keys) => PickleArray.Machine(args, keys));
    }

    private static void AddCollections(Table names)
    {
        names.Add("collections.OrderedDict", PickleCollection.Dict);
        names.Add("collections.Counter", PickleCollection.Dict);
        names.Add("collections.defaultdict", (args, keys) => args is [] or [null or PickleName] ? PickleCollection.Dict([], keys) : null);
        names.Add("collections.deque", (args, _) => args switch
        {
            [] => new List<object?>(),
            [object?[] items, ..] => [.. items],
            [List<object?> items, ..] => new List<object?>(items),
            _ => null,
        });
        names.AddObject("collections.UserDict", null, state => PickleCollection.Data(state) as OrderedDictionary<object, object?>);
        names.AddObject("collections.UserList", null, state => PickleCollection.Data(state) as List<object?>);
        names.AddObject("collections.UserString", null, state => PickleCollection.Data(state) as string);
        names.AddObject("types.SimpleNamespace", null, state => state is null ? PickleReader.NewDict() : state as OrderedDictionary<object, object?>);
    }

    private static void AddTexts(Table names)
    {
        foreach (var module in "pathlib pathlib._local".Split(' '))
        {
            foreach (var type in "PurePath Path PurePosixPath PosixPath".Split(' '))
            {
                names.Add($"{module}.{type}", (args, _) => PicklePath.Join(args, '/'));
            }
            foreach (var type in "PureWindowsPath WindowsPath".Split(' '))
            {
                names.Add($"{module}.{type}", (args, _) => PicklePath.Join(args, '\\'));
            }
        }
        foreach (var type in "Address Network Interface".Split(' '))
        {
            names.Add($"ipaddress.IPv4{type}", (args, _) => PickleAddress.V4(args));
            names.Add($"ipaddress.IPv6{type}", (args, _) => PickleAddress.V6(args));
        }
    }

    private static void AddReconstructors(Table names)
    {
        names.Add(PickleName.Reconstructor("copyreg._reconstructor", (args, keys) => args is [PickleName { IsReconstructor: false } type, PickleName, var value]
            ? type.CreateFrom(value is PickleZone ? null : value, keys)
            : null));
        names.Add(PickleName.Reconstructor("copyreg.__newobj__", (args, keys) => args is [PickleName { IsReconstructor: false } type, ..]
            ? type.Create(args[1..], keys)
            : null));
        names.Add(PickleName.Reconstructor("copyreg.__newobj_ex__", (args, keys) => args is [PickleName { IsReconstructor: false } type, object?[] values, var named]
            ? type.Create(values, named, keys)
            : null));
    }

    private sealed class Table : Dictionary<string, PickleName>
    {
        public void Add(PickleName name) => Add(name.FullName, name);

        public void Add(string name, Func<object?[], PickleKeys, object?>? make) => Add(new PickleName(name, make));

        public void AddObject(string name, Func<object?[], PickleKeys, object?>? make, Func<object?, object?> finish) =>
            Add(new PickleName(name, make, finish));
    }
}
