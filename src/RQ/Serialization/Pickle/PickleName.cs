namespace RQ.Serialization;

/// <summary>
/// A name in a pickle. It is a marker: nothing is imported or looked up. A call of one in <see cref="PickleNames"/> makes the .NET value that is
/// given there; what is called by any other name is an object as data (<see cref="PickleObject"/>).
/// </summary>
internal sealed class PickleName : PickleStandIn
{
    /// <summary>Longer than any name of a class.</summary>
    private const int MaxLength = 400;

    private readonly Func<object?[], PickleKeys, object?>? _make;
    private readonly Func<object?, object?>? _finish;
    private readonly bool _isForeign;
    private readonly string? _member;

    /// <summary>A name that stands for a value.</summary>
    /// <param name="fullName">Module and name.</param>
    /// <param name="make">What a call makes; <c>null</c> for arguments it does not take.</param>
    /// <param name="finish">What the object is once its state is known; <c>null</c> for a state it does not have.</param>
    public PickleName(string fullName, Func<object?[], PickleKeys, object?>? make, Func<object?, object?>? finish = null)
    {
        FullName = fullName;
        _make = make;
        _finish = finish;
    }

    private PickleName(string fullName, string? member)
    {
        FullName = fullName;
        _member = member;
        _isForeign = true;
    }

    /// <summary>A known function that gave None.</summary>
    public static PickleStandIn None { get; } = new PickleNone();

    /// <summary>Module and name, e.g. <c>"datetime.datetime"</c>.</summary>
    public string FullName { get; }

    /// <summary>Whether an object of it is a value of its own once its state is known.</summary>
    public bool IsFinishedByState => _finish is not null;

    public bool IsException { get; private init; }

    /// <summary>Whether it makes objects of the class it is told. None is made by way of another.</summary>
    public bool IsReconstructor { get; private init; }

    /// <summary>Whether it looks like a function and not like a class.</summary>
    public bool IsFunction => char.IsAsciiLetterLower(LastLetter) || LastLetter == '_';

    private char LastLetter => FullName.Length > FullName.LastIndexOf('.') + 1 ? FullName[FullName.LastIndexOf('.') + 1] : '\0';

    /// <summary>An exception of Python's own.</summary>
    public static PickleName Exception(string fullName) => new(fullName, make: null) { IsException = true };

    /// <summary>A function of copyreg, which is told the class, what that is called with and keyword arguments.</summary>
    public static PickleName Reconstructor(string fullName, Func<object?[], PickleKeys, object?> make) => new(fullName, make) { IsReconstructor = true };

    /// <summary>An enum of Python's own, whose members are values.</summary>
    public static PickleName Enum(string fullName) => new(fullName, member: null);

    public static PickleName Find(string module, string name, PickleBudget budget)
    {
        if (module.Length + name.Length > MaxLength)
        {
            throw new PickleException($"The pickle is damaged: it refers to a name of {module.Length + name.Length} letters.");
        }
        if (PickleNames.Find(module, name) is { } known)
        {
            return known;
        }
        budget.Allocate(SizeOfNew(module.Length + name.Length));
        var fullName = (module == "__builtin__" ? "builtins" : module) + "." + name;
        return PickleStandardLibrary.Has(module)
            ? throw new PickleException(
                $"The pickle refers to '{fullName}', which is not data: of Python's own names only those of data are read, as None, bool, numbers, text, bytes, "
                + "list, tuple, dict, set and the value types of datetime, zoneinfo, decimal, fractions, uuid, collections, pathlib and ipaddress. "
                + "Send the value as one of these.")
            : new PickleName(fullName, member: null);
    }

    /// <summary>The bytes of a name that is not among the known ones.</summary>
    public static int SizeOfNew(int letters) => 128 + (2 * letters);

    /// <summary>What <c>getattr</c> says: a member of a class that is not known here, which may be an enum's member or a class in a class.</summary>
    public PickleName Member(string name, PickleKeys keys)
    {
        if (!_isForeign || FullName.Length + name.Length > MaxLength || name.StartsWith("__", StringComparison.Ordinal))
        {
            throw new PickleException($"The pickle calls 'builtins.getattr' for '{(name.Length > 100 ? name[..100] + "…" : name)}' of '{FullName}', which is not data.");
        }
        keys.Budget.Allocate(SizeOfNew(FullName.Length + name.Length));
        return new PickleName(FullName + "." + name, name);
    }

    /// <summary>REDUCE: the value that a call gives.</summary>
    public object Call(object?[] arguments, PickleKeys keys) => Make(arguments, keys, isCall: true);

    /// <summary>NEWOBJ: an object whose state comes later, or the same as a call.</summary>
    public object Create(object?[] arguments, PickleKeys keys) => Make(arguments, keys, isCall: false);

    /// <summary>NEWOBJ_EX.</summary>
    public object Create(object?[] arguments, object? keywords, PickleKeys keys) => keywords switch
    {
        OrderedDictionary<object, object?> { Count: 0 } => Create(arguments, keys),
        OrderedDictionary<object, object?> named when _isForeign && arguments.Length == 0 => new PickleObject(this, arguments, isCall: true, keys).With(named),
        _ => throw new PickleException($"The pickle makes a '{FullName}' from keyword arguments, which is not data."),
    };

    /// <summary>An instance of a builtin's subclass, which it is as data.</summary>
    public object CreateFrom(object? value, PickleKeys keys) => value switch
    {
        null => Create([], keys),
        List<object?> or OrderedDictionary<object, object?> when _isForeign => new PickleObject(this, [], isCall: false, keys).With(value),
        _ => Create([value], keys),
    };

    /// <summary>What the object is with that state.</summary>
    public object Finish(object? state)
    {
        try
        {
            return _finish!(state) ?? throw Unfit(null);
        }
        catch (Exception e) when (e is ArgumentException or ArithmeticException)
        {
            throw Unfit(e);
        }
    }

    protected override object Resolve() =>
        _member ?? throw new PickleException($"The pickle holds '{FullName}' itself, which is not data.");

    private object Make(object?[] arguments, PickleKeys keys, bool isCall)
    {
        EnsureStack();
        keys.Budget.SpendOnCall(arguments);
        if (_isForeign)
        {
            return Foreign(arguments, isCall, keys);
        }
        if (IsException)
        {
            return new PickleObject(this, arguments, isCall, keys);
        }
        if (_make is null)
        {
            return IsFinishedByState ? new PickleObject(this, [], isCall, keys) : throw new PickleException($"The pickle calls '{FullName}', which is not data.");
        }
        object? value;
        try
        {
            value = _make(Values(arguments), keys);
        }
        catch (Exception e) when (e is ArgumentException or ArithmeticException)
        {
            throw Unfit(e);
        }
        return value ?? (IsFinishedByState && arguments.Length == 0 ? new PickleObject(this, arguments, isCall, keys) : throw Unfit(null));
    }

    private object Foreign(object?[] arguments, bool isCall, PickleKeys keys)
    {
        foreach (var argument in arguments)
        {
            // A class is told what builtin to make new items with (defaultdict), a function of what class its object is.
            if (argument is PickleName { _member: null } other && !(isCall && arguments.Length == 1))
            {
                throw new PickleException($"The pickle calls '{FullName}' with '{other.FullName}', which is not data.");
            }
        }
        return arguments switch
        {
            // A subclass of datetime, date or time, which is written as that is.
            [byte[] { Length: PickleTime.DateLength or PickleTime.DateLength + PickleTime.TimeLength }] or [byte[], PickleZone] when isCall =>
                PickleTime.OfSubclass(arguments, keys) ?? new PickleObject(this, arguments, isCall, keys),
            [PickleName { _member: null }] => new PickleObject(this, [], isCall, keys),
            _ => new PickleObject(this, arguments, isCall, keys),
        };
    }

    /// <summary>Zones and such may be objects that have their state by now.</summary>
    private static object?[] Values(object?[] arguments)
    {
        var values = arguments;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] is PickleObject value)
            {
                values = ReferenceEquals(values, arguments) ? [.. arguments] : values;
                values[i] = value.Known();
            }
        }
        return values;
    }

    private PickleException Unfit(Exception? inner) =>
        new($"The pickle holds a '{FullName}' whose contents are damaged or have no counterpart in .NET.", inner);

    private sealed class PickleNone : PickleStandIn
    {
        protected override object? Resolve() => null;
    }
}
