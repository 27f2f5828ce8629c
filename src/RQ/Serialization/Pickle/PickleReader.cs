using System.Numerics;

namespace RQ.Serialization;

/// <summary>
/// Reads pickles of protocols 0 to 5 as data. It never imports, constructs or calls anything named in the pickle: a name is one of those in
/// <see cref="PickleNames"/>, which stand for a .NET value; or that of a class that is not known here, of which the attributes are read; or an error.
/// </summary>
/// <remarks>
/// <para>
/// None is <c>null</c>; bool; int is <see cref="long"/>, or <see cref="BigInteger"/> when larger; float is
/// <see cref="double"/>; str; bytes and bytearray are <c>byte[]</c>; list, deque, array and range are <c>List&lt;object?&gt;</c>;
/// tuple is <c>object?[]</c>; every kind of dict is <c>OrderedDictionary&lt;object, object?&gt;</c>, set and
/// frozenset are <c>HashSet&lt;object&gt;</c>, both with <see cref="PickleKeyComparer"/> and None as
/// <see cref="DBNull.Value"/>; complex is <see cref="Complex"/>.
/// </para>
/// <para>
/// A naive datetime is a <see cref="DateTime"/> of unspecified kind, an aware one a <see cref="DateTimeOffset"/>;
/// date, naive time, timedelta are <see cref="DateOnly"/>, <see cref="TimeOnly"/>, <see cref="TimeSpan"/>; Decimal is
/// <see cref="decimal"/>, UUID is <see cref="Guid"/>. Text are: a Decimal or timedelta that those cannot hold, a Fraction (<c>"n/d"</c>),
/// an aware time, a zone, a path, an IP address.
/// </para>
/// <para>
/// An object is the dict of its attributes, or the builtin that its class is a subclass of (<see cref="PickleObject"/>); a builtin exception
/// is a dict of its type and arguments. Numbers and arrays of numpy are numbers and nested lists (<see cref="PickleNumpy"/>).
/// </para>
/// <para>
/// Values that the pickle shares are shared in the result. It has no loops, is at most
/// <see cref="PickleLimits.Depth"/> deep, and unfolds to at most <see cref="PickleLimits.Values"/> values, so it can
/// be walked without further care. Time and memory are proportional to the length of the pickle, and limited.
/// </para>
/// </remarks>
internal ref partial struct PickleReader
{
    private readonly PickleStack _stack = new();
    private readonly PickleMemo _memo;
    private readonly PickleBudget _budget;
    private readonly PickleKeys _keys;
    private PickleInput _input;
    private bool _hasRepeats;

    private PickleReader(ReadOnlySpan<byte> pickle)
    {
        _input = new PickleInput(pickle);
        _memo = new PickleMemo(pickle.Length);
        _budget = new PickleBudget(pickle.Length);
        _keys = new PickleKeys(_budget);
    }

    /// <summary>Reads the value of one pickle. Bytes after its end are ignored, as in Python.</summary>
    /// <exception cref="PickleException">It is damaged, holds something that is not data, or is beyond <see cref="PickleLimits"/>.</exception>
    public static object? Read(ReadOnlySpan<byte> pickle)
    {
        if (pickle.IsEmpty)
        {
            throw new PickleException("The pickle is empty.");
        }
        var reader = new PickleReader(pickle);
        var root = reader.Run();
        return PickleResult.Checked(root, reader._hasRepeats, pickle.Length);
    }

    private object? Run()
    {
        for (var op = _input.Byte(); op != PickleOp.Stop; op = _input.Byte())
        {
            Execute(op);
        }
        return _stack.Pop();
    }

    private void Execute(byte op)
    {
        switch (op)
        {
            case PickleOp.Proto:
                CheckProtocol(_input.Byte());
                break;
            case PickleOp.Frame:
                // Only a hint for buffering: what is in the frame follows as usual.
                _input.UInt64();
                break;

            case PickleOp.None:
                _stack.Push(null);
                break;
            case PickleOp.NewTrue:
                _stack.Push(PickleBox.True);
                break;
            case PickleOp.NewFalse:
                _stack.Push(PickleBox.False);
                break;
            case PickleOp.Int:
                _stack.Push(IntegerOrBool(_input.Line()));
                break;
            case PickleOp.Long:
                _stack.Push(PickleText.Integer(_input.Line()));
                break;
            case PickleOp.BinInt:
                _stack.Push((long)_input.Int32());
                break;
            case PickleOp.BinInt1:
                _stack.Push(PickleBox.Of(_input.Byte()));
                break;
            case PickleOp.BinInt2:
                _stack.Push((long)_input.UInt16());
                break;
            case PickleOp.Long1:
                PushInteger(_input.Bytes(_input.Byte()));
                break;
            case PickleOp.Long4:
                PushInteger(_input.Bytes(IntegerLength(_input.UInt32())));
                break;
            case PickleOp.Float:
                _stack.Push(PickleText.Float(_input.Line()));
                break;
            case PickleOp.BinFloat:
                _stack.Push(_input.DoubleBigEndian());
                break;

            case PickleOp.Unicode:
                _stack.Push(PickleText.RawUnicodeEscape(_input.Line()));
                break;
            case PickleOp.ShortBinUnicode:
                _stack.Push(PickleText.Utf8(_input.Bytes(_input.Byte())));
                break;
            case PickleOp.BinUnicode:
                _stack.Push(PickleText.Utf8(_input.Bytes(_input.UInt32())));
                break;
            case PickleOp.BinUnicode8:
                _stack.Push(PickleText.Utf8(_input.Bytes(_input.UInt64())));
                break;
            case PickleOp.String:
                _stack.Push(PickleText.Quoted(_input.Line()));
                break;
            case PickleOp.ShortBinString:
                _stack.Push(PickleText.Python2(_input.Bytes(_input.Byte())));
                break;
            case PickleOp.BinString:
                _stack.Push(PickleText.Python2(_input.Bytes(_input.UInt32())));
                break;
            case PickleOp.ShortBinBytes:
                _stack.Push(_input.Bytes(_input.Byte()).ToArray());
                break;
            case PickleOp.BinBytes:
                _stack.Push(_input.Bytes(_input.UInt32()).ToArray());
                break;
            case PickleOp.BinBytes8 or PickleOp.ByteArray8:
                _stack.Push(_input.Bytes(_input.UInt64()).ToArray());
                break;

            case PickleOp.EmptyTuple:
                _stack.Push(Array.Empty<object?>());
                break;
            case PickleOp.Tuple1:
                _stack.Push(Tuple(1));
                break;
            case PickleOp.Tuple2:
                _stack.Push(Tuple(2));
                break;
            case PickleOp.Tuple3:
                _stack.Push(Tuple(3));
                break;
            case PickleOp.Tuple:
                _stack.Push(Tuple(_stack.PopToMark()));
                break;
            case PickleOp.EmptyList:
                _stack.Push(_budget.NewList());
                break;
            case PickleOp.List:
                _stack.Push(Filled(_budget.NewList(), _stack.PopToMark()));
                break;
            case PickleOp.EmptyDict:
                _stack.Push(_budget.NewDict());
                break;
            case PickleOp.Dict:
                _stack.Push(Filled(_budget.NewDict(), _stack.PopToMark()));
                break;
            case PickleOp.EmptySet:
                _stack.Push(_budget.NewSet());
                break;
            case PickleOp.FrozenSet:
                _stack.Push(Filled(new PickleFrozenSet(), _stack.PopToMark()));
                break;

            case PickleOp.Append:
                var last = _stack.Pop();
                Filled(TargetList(), [last]);
                break;
            case PickleOp.Appends:
                var items = _stack.PopToMark();
                Filled(TargetList(), items);
                break;
            case PickleOp.SetItem:
                var value = _stack.Pop();
                var key = _stack.Pop();
                Filled(TargetDict(), [key, value]);
                break;
            case PickleOp.SetItems:
                var pairs = _stack.PopToMark();
                Filled(TargetDict(), pairs);
                break;
            case PickleOp.AddItems:
                var elements = _stack.PopToMark();
                AddItems(elements);
                break;

            case PickleOp.Mark:
                _stack.Mark();
                break;
            case PickleOp.Pop:
                _stack.Discard();
                break;
            case PickleOp.PopMark:
                _stack.PopToMark();
                break;
            case PickleOp.Dup:
                Repeat(_stack.Peek());
                break;
            case PickleOp.Memoize:
                _memo.Add(_stack.Peek());
                break;
            case PickleOp.Put:
                _memo.Set(PickleText.Slot(_input.Line()), _stack.Peek());
                break;
            case PickleOp.BinPut:
                _memo.Set(_input.Byte(), _stack.Peek());
                break;
            case PickleOp.LongBinPut:
                _memo.Set(_input.UInt32(), _stack.Peek());
                break;
            case PickleOp.Get:
                Repeat(_memo.Get(PickleText.Slot(_input.Line())));
                break;
            case PickleOp.BinGet:
                Repeat(_memo.Get(_input.Byte()));
                break;
            case PickleOp.LongBinGet:
                Repeat(_memo.Get(_input.UInt32()));
                break;

            case PickleOp.Global:
                _stack.Push(NameOnLines());
                break;
            case PickleOp.StackGlobal:
                _stack.Push(NameOnStack());
                break;
            case PickleOp.Reduce:
                var arguments = Arguments();
                _stack.Push(Name().Call(arguments, _keys));
                break;
            case PickleOp.NewObj:
                var parts = Arguments();
                _stack.Push(Name().Create(parts, _keys));
                break;
            case PickleOp.NewObjEx:
                var keywords = _stack.Pop();
                var positional = Arguments();
                _stack.Push(Name().Create(positional, keywords, _keys));
                break;
            case PickleOp.Inst:
                var instance = NameOnLines();
                _stack.Push(instance.Create(_stack.PopToMark().ToArray(), _keys));
                break;
            case PickleOp.Obj:
                var nameAndArguments = _stack.PopToMark();
                _stack.Push(Object(nameAndArguments));
                break;
            case PickleOp.Build:
                Build(_stack.Pop());
                break;

            case PickleOp.PersId or PickleOp.BinPersId:
                throw new PickleException("The pickle refers to an object outside it (a persistent id), which is not data.");
            case PickleOp.Ext1 or PickleOp.Ext2 or PickleOp.Ext4:
                throw new PickleException("The pickle refers to a class in Python's extension registry, which is not data.");
            case PickleOp.NextBuffer or PickleOp.ReadOnlyBuffer:
                throw new PickleException("The pickle keeps some of its bytes outside it (out-of-band buffers), where they cannot be read.");
            default:
                throw new PickleException($"This is not a pickle, or it is damaged: 0x{op:x2} is no opcode.");
        }
    }
}
