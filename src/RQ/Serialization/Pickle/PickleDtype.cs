using System.Globalization;
using System.Text;

namespace RQ.Serialization;

/// <summary>A type of numpy, such as <c>i4</c>; the byte order and the unit of times come with its state.</summary>
internal sealed class PickleDtype : PickleStandIn
{
    private PickleElement _element;
    private string _unit = "";
    private long _count = 1;

    private PickleDtype(PickleElement element) => _element = element;

    public bool IsObject => _element.Kind == 'O';

    /// <summary>Whether its elements are text or bytes, and so of any length.</summary>
    public bool IsText => _element.Kind is 'S' or 'U';

    /// <param name="code">A letter and the size: in bytes, for text in letters.</param>
    public static PickleDtype? Of(string code)
    {
        if (code.Length is < 2 or > 10 || !int.TryParse(code.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size > int.MaxValue / 4)
        {
            return null;
        }
        var element = new PickleElement(code[0], code[0] == 'U' ? size * 4 : size, false);
        return element.IsKnown || element.Kind == 'O'
            ? new PickleDtype(element)
            : throw new PickleException($"The pickle holds a 'numpy.dtype' of kind '{code}', which has no counterpart here. Send the array's tolist().");
    }

    /// <param name="state"><c>(version, byte order, …)</c>, with times at its end <c>(metadata, (unit, count, …))</c>.</param>
    /// <param name="keys">Not used.</param>
    public override void Build(object? state, PickleKeys keys)
    {
        if (state is not object?[] parts || parts is not [_, string, ..])
        {
            throw Damaged();
        }
        _element = _element with { IsBigEndian = parts[1] is ">" };
        if (_element.Kind is 'M' or 'm' && parts[^1] is object?[] and [_, object?[] and [var unit, long count, ..]])
        {
            _unit = unit is byte[] bytes ? Encoding.Latin1.GetString(bytes) : unit as string ?? "";
            _count = count;
        }
    }

    public object? Scalar(byte[] bytes) => Fits(bytes, 1) ? Element(bytes, 0) ?? PickleName.None : null;

    /// <summary>Whether the data are so many elements.</summary>
    public bool Fits(object? data, int count) => data switch
    {
        byte[] bytes => !IsObject && bytes.Length == (long)count * _element.Size,
        List<object?> items => IsObject && items.Count == count,
        _ => false,
    };

    public object? Element(byte[] bytes, int index)
    {
        var element = bytes.AsSpan(index * _element.Size, _element.Size);
        return _element.Kind is 'M' or 'm' ? Time(_element.Signed(element)) : _element.Read(element);
    }

    protected override object Resolve() => throw new PickleException("The pickle holds a 'numpy.dtype' itself, which is not data.");

    /// <summary>As <c>item()</c>: a date where the unit is a day or longer. Not-a-time is <c>null</c>, a duration without unit a number.</summary>
    private object? Time(long value)
    {
        if (value == long.MinValue)
        {
            return null;
        }
        if (_unit is "" or "generic")
        {
            return value;
        }
        var isInstant = _element.Kind == 'M';
        var units = (Int128)value * _count;
        try
        {
            if (isInstant && _unit is "Y" or "M")
            {
                return DateOnly.FromDateTime(DateTime.UnixEpoch).AddMonths(checked((int)(_unit == "Y" ? units * 12 : units)));
            }
            var ticks = checked((long)(_unit == "ns" ? (units >= 0 ? units / 100 : (units - 99) / 100) : units * TicksPer(_unit)));
            return !isInstant ? new TimeSpan(ticks)
                : _unit is "D" or "W" ? DateOnly.FromDateTime(DateTime.UnixEpoch.AddTicks(ticks))
                : DateTime.SpecifyKind(DateTime.UnixEpoch.AddTicks(ticks), DateTimeKind.Unspecified);
        }
        catch (Exception e) when (e is OverflowException or ArgumentException)
        {
            throw new PickleException($"The pickle holds a time of numpy that .NET has no time for: {value} × {_count} {_unit}.", e);
        }
    }

    private static long TicksPer(string unit) => unit switch
    {
        "W" => 7 * TimeSpan.TicksPerDay,
        "D" => TimeSpan.TicksPerDay,
        "h" => TimeSpan.TicksPerHour,
        "m" => TimeSpan.TicksPerMinute,
        "s" => TimeSpan.TicksPerSecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "us" => TimeSpan.TicksPerMicrosecond,
        _ => throw Damaged(),
    };

    private static PickleException Damaged() => new("The pickle holds a 'numpy.dtype' that is damaged or has no counterpart here.");
}
