namespace RQ.Serialization;

/// <summary>
/// Numbers and arrays of numpy: a scalar is the value that it is, an array the nested lists that <c>tolist()</c> gives. What a
/// pickle says of types, shapes and lengths is only believed as far as its bytes go.
/// </summary>
internal static class PickleNumpy
{
    private const int MaxDimensions = 64;

    public static void AddNames(Action<string, Func<object?[], PickleKeys, object?>?> add)
    {
        add("numpy.ndarray", null);
        add("numpy.dtype", (args, _) => args is [string code, ..] ? PickleDtype.Of(code) : null);
        foreach (var core in (ReadOnlySpan<string>)["numpy.core", "numpy._core"])
        {
            add(core + ".multiarray.scalar", (args, _) => args switch
            {
                [PickleDtype { IsObject: true }, var value] => value ?? PickleName.None,
                [PickleDtype type, byte[] bytes] => type.Scalar(bytes),
                [PickleDtype type, string bytes] when PickleCollection.Bytes([bytes, "latin1"]) is { } state => type.Scalar(state),
                _ => null,
            });
            add(core + ".multiarray._reconstruct", (args, _) => args is [PickleName, object?[], ..] ? new PickleNdarray() : null);
            // Protocol 5: (bytes, type, shape, order).
            add(core + ".numeric._frombuffer", (args, keys) => args is [byte[] bytes, PickleDtype type, object?[] shape, string order]
                ? Array(shape, type, order == "F", bytes, keys)
                : null);
        }
    }

    /// <summary>The nested lists of an array; the value itself if it has no dimension. <c>null</c> if shape and data do not fit.</summary>
    public static object? Array(object?[] shape, PickleDtype type, bool isFortran, object? data, PickleKeys keys)
    {
        if (shape.Length > MaxDimensions)
        {
            return null;
        }
        var sizes = new int[shape.Length];
        Int128 elements = 1, lists = 0;
        for (var i = 0; i < sizes.Length; i++)
        {
            if (shape[i] is not (long and >= 0 and <= PickleLimits.Values and var size))
            {
                return null;
            }
            lists += elements;
            elements *= size;
            sizes[i] = (int)size;
            if (elements > PickleLimits.Values)
            {
                return null;
            }
        }
        if (!type.Fits(data, (int)elements))
        {
            return null;
        }
        // Objects are listed in the order of C, whatever the array's is.
        var values = (long)Int128.Min(elements + lists, int.MaxValue);
        var length = (data as byte[])?.Length ?? 0;
        keys.Budget.Spend(values + (type.IsText ? length / 2 : length / 8));
        keys.Budget.Allocate((values * MemoryBudget.Item) + (type.IsText ? length : 0));
        return new Filling(sizes, Strides(sizes, isFortran && data is byte[]), type, data).List(dimension: 0, offset: 0) ?? PickleName.None;
    }

    private static int[] Strides(int[] sizes, bool isFortran)
    {
        var strides = new int[sizes.Length];
        var stride = 1;
        for (var i = 0; i < sizes.Length; i++)
        {
            var dimension = isFortran ? i : sizes.Length - 1 - i;
            strides[dimension] = stride;
            stride *= Math.Max(sizes[dimension], 1);
        }
        return strides;
    }

    private sealed record Filling(int[] Sizes, int[] Strides, PickleDtype Type, object? Data)
    {
        public object? List(int dimension, int offset)
        {
            if (dimension == Sizes.Length)
            {
                return Data is byte[] bytes ? Type.Element(bytes, offset) : ((List<object?>)Data!)[offset];
            }
            var list = new List<object?>(Sizes[dimension]);
            for (var i = 0; i < Sizes[dimension]; i++)
            {
                list.Add(List(dimension + 1, offset + (i * Strides[dimension])));
            }
            return list;
        }
    }
}

/// <summary>An array between <c>_reconstruct</c> and BUILD.</summary>
internal sealed class PickleNdarray : PickleStandIn
{
    private object? _value;

    /// <param name="state"><c>(version, shape, type, is in Fortran's order, bytes or list of objects)</c></param>
    /// <param name="keys">Its budget is spent.</param>
    public override void Build(object? state, PickleKeys keys) => _value = state switch
    {
        object?[] and [_, object?[] shape, PickleDtype type, bool isFortran, var data] when _value is null =>
            PickleNumpy.Array(shape, type, isFortran, data is string text ? PickleCollection.Bytes([text, "latin1"]) : data, keys),
        _ => null,
    } ?? throw new PickleException("The pickle holds a 'numpy.ndarray' whose shape and data do not fit each other, or of a type that has no counterpart in .NET.");

    protected override object Resolve() => _value ?? throw new PickleException("The pickle holds a 'numpy.ndarray' without its data.");
}
