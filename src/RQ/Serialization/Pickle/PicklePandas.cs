namespace RQ.Serialization;

/// <summary>The times of pandas and pendulum, which are subclasses of datetime with pickles of their own.</summary>
internal static class PicklePandas
{
    private const int Seconds = 7, Milliseconds = 8, Microseconds = 9, Nanoseconds = 10;

    /// <summary>
    /// <c>(value, freq, tz[, unit])</c>: the count of units since 1970, of an instant if there is a zone, else of local time. What is
    /// shorter than .NET's 100 ns is cut off.
    /// </summary>
    public static object? Timestamp(object?[] args)
    {
        if (args is not [long value, _, var zone, ..] || Ticks(value, args.Length > 3 ? args[3] : null) is not { } ticks)
        {
            return null;
        }
        var time = new DateTime(checked((long)(ticks + DateTime.UnixEpoch.Ticks)));
        return zone switch
        {
            null => (object)time,
            PickleZone known => known.At(time),
            _ => null,
        };
    }

    /// <summary><c>(value, unit)</c>.</summary>
    public static object? Timedelta(object?[] args) =>
        args is [long value, ..] && Ticks(value, args.Length > 1 ? args[1] : null) is { } ticks ? new TimeSpan(checked((long)ticks)) : null;

    /// <summary><c>(year, month, day, hour, minute, second, microsecond, zone)</c>.</summary>
    public static object? Pendulum(object?[] args)
    {
        if (args is not [long year, long month, long day, long hour, long minute, long second, long microsecond, var zone])
        {
            return null;
        }
        var time = new DateTime(checked((int)year), checked((int)month), checked((int)day), checked((int)hour), checked((int)minute), checked((int)second))
            .AddTicks(checked(microsecond * TimeSpan.TicksPerMicrosecond));
        return zone switch
        {
            null => (object)time,
            PickleZone known => known.At(time, isSecondPass: false),
            _ => null,
        };
    }

    private static Int128? Ticks(long value, object? unit) => unit switch
    {
        (long)Seconds => (Int128)value * TimeSpan.TicksPerSecond,
        (long)Milliseconds => (Int128)value * TimeSpan.TicksPerMillisecond,
        (long)Microseconds => (Int128)value * TimeSpan.TicksPerMicrosecond,
        null or (long)Nanoseconds => value >= 0 ? value / 100 : ((Int128)value - 99) / 100,
        _ => null,
    };
}
