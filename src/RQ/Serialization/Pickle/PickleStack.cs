namespace RQ.Serialization;

/// <summary>The stack of a pickle being read, with its marks. Nothing below the last mark can be popped.</summary>
internal sealed class PickleStack
{
    private object?[] _values = new object?[16];
    private int _count;
    private int[] _marks = new int[4];
    private int _markCount;

    private int Floor => _markCount == 0 ? 0 : _marks[_markCount - 1];

    public void Push(object? value)
    {
        if (_count == _values.Length)
        {
            CheckCount(_count);
            Array.Resize(ref _values, _count * 2);
        }
        _values[_count++] = value;
    }

    public object? Pop()
    {
        if (_count <= Floor)
        {
            throw Underflow();
        }
        return _values[--_count];
    }

    public object? Peek() => _count > Floor ? _values[_count - 1] : throw Underflow();

    public void Mark()
    {
        if (_markCount == _marks.Length)
        {
            CheckCount(_markCount);
            Array.Resize(ref _marks, _markCount * 2);
        }
        _marks[_markCount++] = _count;
    }

    /// <summary>Takes everything above the last mark, and the mark. The span is valid until the next push.</summary>
    public ReadOnlySpan<object?> PopToMark()
    {
        if (_markCount == 0)
        {
            throw new PickleException("The pickle is damaged: it closes a group that was never opened.");
        }
        var start = _marks[--_markCount];
        var items = _values.AsSpan(start, _count - start);
        _count = start;
        return items;
    }

    /// <summary>The pop of POP, which takes the mark when there is nothing above it.</summary>
    public void Discard()
    {
        if (_count == Floor && _markCount > 0)
        {
            _markCount--;
        }
        else
        {
            Pop();
        }
    }

    public static PickleException TooMany() => new($"The pickle holds more than {PickleLimits.Values} values.");

    private static void CheckCount(int count)
    {
        if (count > PickleLimits.Values)
        {
            throw TooMany();
        }
    }

    private static PickleException Underflow() =>
        new("The pickle is damaged: it uses a value that was never written.");
}
