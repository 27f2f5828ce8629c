namespace RQ.Serialization;

/// <summary>
/// An object of a class that is not known here, or of one whose state comes after it: what was said of it so far. Python remembers an object
/// before it has its state, so references to it come to this one.
/// </summary>
/// <remarks>
/// As data it is, in this order: the list, dict or set that was filled as if it were one; what the class was called with, when that
/// makes it a value (a subclass of str or int, an enum's member, a named tuple); its attributes as a dict.
/// </remarks>
internal sealed class PickleObject(PickleName name, object?[] arguments, bool isCall, PickleKeys keys) : PickleStandIn
{
    private object? _items;
    private object? _state;
    private object? _value;
    private bool _isResolved;

    /// <summary>The object as the list, dict or set that it is filled as. <c>null</c> if it is filled as another one already.</summary>
    public T? As<T>(Func<PickleBudget, T> make)
        where T : class =>
        (_items ??= Open(make(keys.Budget))) as T;

    /// <summary>Keyword arguments of the class, or the list or dict that it is a subclass's instance of.</summary>
    public PickleObject With(object? state)
    {
        if (state is List<object?> or OrderedDictionary<object, object?> && !isCall)
        {
            _items = state;
        }
        else
        {
            _state = state;
        }
        return this;
    }

    public override void Build(object? state, PickleKeys keys) => _state = Open(PickleState.Plain(state, keys));

    /// <summary>What it stands for, or that of what it stands for, but no further: a zone stays one.</summary>
    public object? Known()
    {
        var value = Resolve();
        return value is PickleObject next ? Resolved(next) : value;
    }

    protected override object? Resolve()
    {
        if (!_isResolved)
        {
            EnsureStack();
            _isResolved = true;
            _value = name.IsFinishedByState ? name.Finish(_state)
                : name.IsException || IsException() ? PickleState.Exception(name.FullName, arguments, _state, keys)
                : _items ?? FromArguments() ?? _state ?? PickleReader.NewDict();
        }
        return _value;
    }

    private T Open<T>(T value) => !_isResolved
        ? value
        : throw new PickleException("The pickle is damaged: it goes on with an object after it was used.");

    // What a class was called with, and attributes beside it: so exceptions are written.
    private bool IsException() =>
        _items is null && isCall && !name.IsFunction && _state is OrderedDictionary<object, object?> { Count: > 0 }
        && arguments is not [] and not [object?[] or List<object?> or OrderedDictionary<object, object?> or HashSet<object>];

    private object? FromArguments() => arguments switch
    {
        [] => null,
        // A function that gives an object is told what class; its state is the object.
        _ when isCall && name.IsFunction && _state is not null => null,
        [var only] when isCall => only ?? PickleName.None,
        // Subclasses of str, int and so on, and of tuple; anything else alone is in a named tuple.
        [object?[] or string or bool or long or double or byte[] or System.Numerics.BigInteger] => arguments[0],
        _ => arguments,
    };
}
