using System.Numerics;

namespace RQ.Serialization;

// What the opcodes do that is more than a push.
internal ref partial struct PickleReader
{
    private static void CheckProtocol(byte protocol)
    {
        if (protocol > 5)
        {
            throw new PickleException($"The pickle is of protocol {protocol}; 0 to 5 are read.");
        }
    }

    /// <summary>Protocols 0 and 1 write True and False as the integers 01 and 00.</summary>
    private static object IntegerOrBool(ReadOnlySpan<byte> line) => line switch
    {
        [(byte)'0', (byte)'1'] => PickleBox.True,
        [(byte)'0', (byte)'0'] => PickleBox.False,
        _ => PickleText.Integer(line),
    };

    private static ulong IntegerLength(uint length) => length <= PickleLimits.IntegerBytes
        ? length
        : throw new PickleException($"The pickle holds an integer of more than {PickleLimits.IntegerBytes} bytes.");

    private readonly void PushInteger(ReadOnlySpan<byte> bytes)
    {
        var number = new BigInteger(bytes);
        if (number >= long.MinValue && number <= long.MaxValue)
        {
            _stack.Push((long)number);
        }
        else
        {
            _stack.Push(number);
        }
    }

    private readonly object?[] Tuple(ReadOnlySpan<object?> items)
    {
        _budget.Allocate(MemoryBudget.List + ((long)items.Length * MemoryBudget.Item));
        return items.ToArray();
    }

    private readonly object?[] Tuple(int length)
    {
        _budget.Allocate(MemoryBudget.List + (length * MemoryBudget.Item));
        var items = new object?[length];
        while (length > 0)
        {
            items[--length] = _stack.Pop();
        }
        return items;
    }

    public static OrderedDictionary<object, object?> NewDict() => new(PickleKeyComparer.Instance);

    private readonly List<object?> Filled(List<object?> list, ReadOnlySpan<object?> items)
    {
        _budget.Allocate((long)items.Length * MemoryBudget.Item);
        list.AddRange(items);
        return list;
    }

    private readonly OrderedDictionary<object, object?> Filled(OrderedDictionary<object, object?> dict, ReadOnlySpan<object?> keysAndValues)
    {
        _keys.SetItems(dict, keysAndValues);
        return dict;
    }

    private readonly PickleFrozenSet Filled(PickleFrozenSet set, ReadOnlySpan<object?> items)
    {
        _budget.Allocate(MemoryBudget.Set);
        _keys.AddItems(set, items);
        return set;
    }

    private readonly void AddItems(ReadOnlySpan<object?> items)
    {
        var set = _stack.Peek() switch
        {
            HashSet<object> known => known,
            PickleObject value => value.As(static budget => budget.NewSet()) ?? throw WrongTarget(),
            _ => throw WrongTarget(),
        };
        // A frozenset may already be someone's key.
        if (set is PickleFrozenSet)
        {
            throw new PickleException("The pickle is damaged: it adds to a frozenset.");
        }
        _keys.AddItems(set, items);
    }

    private readonly List<object?> TargetList() => _stack.Peek() switch
    {
        List<object?> list => list,
        PickleObject value => value.As(static budget => budget.NewList()) ?? throw WrongTarget(),
        _ => throw WrongTarget(),
    };

    private readonly OrderedDictionary<object, object?> TargetDict() => _stack.Peek() switch
    {
        OrderedDictionary<object, object?> dict => dict,
        PickleObject value => value.As(static budget => budget.NewDict()) ?? throw WrongTarget(),
        _ => throw WrongTarget(),
    };

    private static PickleException WrongTarget() =>
        new("The pickle is damaged: it adds items to a value that is no list, dict or set, or not the right one.");

    private PickleName NameOnLines()
    {
        var module = PickleText.Utf8(_input.Line());
        return PickleName.Find(module, PickleText.Utf8(_input.Line()), _budget);
    }

    private readonly PickleName NameOnStack()
    {
        var (name, module) = (_stack.Pop() as string, _stack.Pop() as string);
        return name is null || module is null
            ? throw new PickleException("The pickle is damaged: it refers to something whose name is no text.")
            : PickleName.Find(module, name, _budget);
    }

    private readonly object?[] Arguments() =>
        _stack.Pop() as object?[] ?? throw new PickleException("The pickle is damaged: it makes a value from something that is no tuple.");

    private readonly PickleName Name() => ToName(_stack.Pop());

    private static PickleName ToName(object? value) =>
        value as PickleName ?? throw new PickleException("The pickle calls a value, which is not data.");

    private readonly object Object(ReadOnlySpan<object?> nameAndArguments) => nameAndArguments.IsEmpty
        ? throw new PickleException("The pickle is damaged: it makes an object of nothing.")
        : ToName(nameAndArguments[0]).Create(nameAndArguments[1..].ToArray(), _keys);

    private readonly void Build(object? state)
    {
        if (_stack.Peek() is not PickleStandIn standIn)
        {
            throw new PickleException("The pickle sets the attributes of a value that has none.");
        }
        standIn.Build(state, _keys);
    }

    /// <summary>Pushes a value that is in the pickle once, but more often in the result.</summary>
    private void Repeat(object? value)
    {
        _hasRepeats |= value is object?[] { Length: > 0 } or List<object?> or OrderedDictionary<object, object?> or HashSet<object> or PickleStandIn;
        _stack.Push(value);
    }
}
