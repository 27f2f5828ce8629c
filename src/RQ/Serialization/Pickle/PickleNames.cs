using System.Collections.Frozen;
using System.Numerics;

namespace RQ.Serialization;

/// <summary>The names that stand for kinds of data, with the .NET value that each makes. A maker returns <c>null</c> for arguments it does not take.</summary>
internal static class PickleNames
{
    private static readonly Dictionary<string, PickleName>.AlternateLookup<ReadOnlySpan<char>> All =
        Table().GetAlternateLookup<ReadOnlySpan<char>>();

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

    private static Dictionary<string, PickleName> Table()
    {
        var all = new Dictionary<string, PickleName>();
        AddBuiltins();
        AddTimes();
        AddNumbers();
        AddCollections();
        AddTexts();
        AddReconstructors();
        PickleNumpy.AddNames(Add);
        return all;

        void Add(string name, Func<object?[], PickleKeys, object?>? make) => all.Add(name, new PickleName(name, make));

        void AddObject(string name, Func<object?[], PickleKeys, object?>? make, Func<object?, object?> finish) =>
            all.Add(name, new PickleName(name, make, finish));

        void AddBuiltins()
        {
            Add("builtins.set", (args, keys) => PickleCollection.Fill(new HashSet<object>(PickleKeyComparer.Instance), args, keys));
            Add("builtins.frozenset", (args, keys) => PickleCollection.Fill(new PickleFrozenSet(), args, keys));
            Add("builtins.bytes", (args, _) => PickleCollection.Bytes(args));
            Add("builtins.bytearray", (args, _) => PickleCollection.Bytes(args));
            Add("_codecs.encode", (args, _) => PickleCollection.Bytes(args));
            Add("builtins.complex", (args, _) => args is [double real, double imaginary] ? new Complex(real, imaginary) : null);
            Add("builtins.range", (args, keys) => args is [long start, long stop, long step] ? PickleCollection.Range(start, stop, step, keys) : null);
            // The class a zone or an enum's member is got from; any other use of getattr is refused.
            Add("builtins.getattr", (args, _) => args switch
            {
                [PickleName, "_unpickle"] => all["zoneinfo.ZoneInfo._unpickle"],
                [PickleName from, string member] => from.Member(member),
                _ => null,
            });
            // Some versions of Python 3.11 write flags by their names.
            Add("_operator.or_", (args, _) => PickleCollection.Flags(args));

            // As the factory of a defaultdict, or what a class is a subclass of.
            foreach (var type in "object bool int float str list tuple dict".Split(' '))
            {
                Add("builtins." + type, null);
            }
            foreach (var type in PickleExceptions.Names)
            {
                all.Add("builtins." + type, PickleName.Exception("builtins." + type));
            }
            foreach (var type in "http.HTTPStatus http.HTTPMethod signal.Signals calendar.Day calendar.Month".Split(' '))
            {
                all.Add(type, PickleName.Enum(type));
            }
        }

        void AddTimes()
        {
            Add("datetime.datetime", (args, _) => PickleTime.DateAndTime(args));
            Add("datetime.date", (args, _) => PickleTime.Date(args));
            Add("datetime.time", (args, _) => PickleTime.TimeOfDay(args));
            Add("datetime.timedelta", (args, _) => PickleTime.Duration(args));
            Add("datetime.timezone", (args, _) => args is [TimeSpan offset, ..] ? PickleZone.Fixed(offset) : null);
            Add("datetime.tzinfo", (args, _) => args is [] ? PickleZone.Unknown : null);
            Add("zoneinfo.ZoneInfo", (args, _) => args is [string zone] ? PickleZone.Named(zone) : null);
            Add("zoneinfo.ZoneInfo._unpickle", (args, _) => args is [string zone, _] ? PickleZone.Named(zone) : null);
            Add("pytz._UTC", (args, _) => args is [] ? PickleZone.Utc : null);
            Add("pytz._p", (args, _) => args switch
            {
                [string zone] => PickleZone.Named(zone),
                [string zone, long offset, long, string] => PickleZone.Named(zone, TimeSpan.FromSeconds(offset)),
                _ => null,
            });
            Add("pytz._FixedOffset", (args, _) => args is [long minutes] ? PickleZone.Fixed(TimeSpan.FromMinutes(minutes)) : null);
            Add("pytz.FixedOffset", (args, _) => args is [long minutes] ? PickleZone.Fixed(TimeSpan.FromMinutes(minutes)) : null);
            Add("dateutil.tz.tz.tzutc", (args, _) => args is [] ? PickleZone.Utc : null);
            AddObject("dateutil.tz.tz.tzoffset", null, PickleZone.OfOffset);
            AddObject("dateutil.tz.tz.tzfile", null, PickleZone.OfFile);
            Add("dateutil.zoneinfo.gettz", (args, _) => args is [string zone] ? PickleZone.Named(zone) : null);
            AddObject("dateutil.tz.tz.tzlocal", null, PickleZone.OfLocal);
            Add("psycopg2.tz.FixedOffsetTimezone", (args, _) => args switch
            {
                [TimeSpan offset, ..] => PickleZone.Fixed(offset),
                [long minutes, ..] => PickleZone.Fixed(TimeSpan.FromMinutes(minutes)),
                _ => null,
            });
            Add("pandas._libs.tslibs.timestamps._unpickle_timestamp", (args, _) => PicklePandas.Timestamp(args));
            Add("pandas._libs.tslibs.timestamps.Timestamp", (args, _) => PicklePandas.Timestamp(args));
            Add("pandas._libs.tslibs.timedeltas._timedelta_unpickle", (args, _) => PicklePandas.Timedelta(args));
            Add("pandas._libs.tslibs.nattype.__nat_unpickle", (_, _) => PickleName.None);
            Add("pandas._libs.tslibs.nattype._nat_unpickle", (_, _) => PickleName.None);
            Add("pendulum.tz.timezone.Timezone", (args, _) => args is [string zone] ? PickleZone.Named(zone) : null);
            Add("pendulum.tz.timezone.FixedTimezone", (args, _) => args is [long seconds, ..] ? PickleZone.Fixed(TimeSpan.FromSeconds(seconds)) : null);
            Add("pendulum.datetime.DateTime", (args, _) => PicklePandas.Pendulum(args));
        }

        void AddNumbers()
        {
            Add("decimal.Decimal", (args, _) => args is [string text] ? PickleNumber.Decimal(text) : null);
            Add("fractions.Fraction", (args, _) => PickleNumber.Fraction(args));
            AddObject("uuid.UUID", (args, _) => args is [string text] && Guid.TryParse(text, out var guid) ? guid : null, PickleNumber.Uuid);
            Add("array.array", (args, keys) => PickleArray.Plain(args, keys));
            Add("array._array_reconstructor", (args, keys) => PickleArray.Machine(args, keys));
        }

        void AddCollections()
        {
            Add("collections.OrderedDict", PickleCollection.Dict);
            Add("collections.Counter", PickleCollection.Dict);
            Add("collections.defaultdict", (args, keys) => args is [] or [null or PickleName] ? PickleCollection.Dict([], keys) : null);
            Add("collections.deque", (args, _) => args switch
            {
                [] => new List<object?>(),
                [object?[] items, ..] => [.. items],
                [List<object?> items, ..] => new List<object?>(items),
                _ => null,
            });
            AddObject("collections.UserDict", null, state => PickleCollection.Data(state) as OrderedDictionary<object, object?>);
            AddObject("collections.UserList", null, state => PickleCollection.Data(state) as List<object?>);
            AddObject("collections.UserString", null, state => PickleCollection.Data(state) as string);
            AddObject("types.SimpleNamespace", null, state => state is null ? PickleReader.NewDict() : state as OrderedDictionary<object, object?>);
        }

        void AddTexts()
        {
            foreach (var module in "pathlib pathlib._local".Split(' '))
            {
                foreach (var type in "PurePath Path PurePosixPath PosixPath".Split(' '))
                {
                    Add($"{module}.{type}", (args, _) => PicklePath.Join(args, '/'));
                }
                foreach (var type in "PureWindowsPath WindowsPath".Split(' '))
                {
                    Add($"{module}.{type}", (args, _) => PicklePath.Join(args, '\\'));
                }
            }
            foreach (var type in "Address Network Interface".Split(' '))
            {
                Add($"ipaddress.IPv4{type}", (args, _) => PickleAddress.V4(args));
                Add($"ipaddress.IPv6{type}", (args, _) => PickleAddress.V6(args));
            }
        }

        void AddReconstructors()
        {
            Add("copyreg._reconstructor", (args, keys) => args is [PickleName type, PickleName, var value] ? type.CreateFrom(value is PickleZone ? null : value, keys) : null);
            Add("copyreg.__newobj__", (args, keys) => args is [PickleName type, ..] ? type.Create(args[1..], keys) : null);
            Add("copyreg.__newobj_ex__", (args, keys) => args is [PickleName type, object?[] values, var named] ? type.Create(values, named, keys) : null);
        }
    }
}
