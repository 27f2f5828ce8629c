using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace RQ.Serialization;

/// <summary>
/// The byte forms of Python's datetime types. A datetime is year (2 bytes, big-endian), month, day, hour, minute,
/// second, microsecond (3 bytes, big-endian); date and time are its first four and last six bytes. From protocol 4
/// the top bit of the month, or of a time's hour, is <c>fold</c>.
/// </summary>
internal static class PickleTime
{
    public const int DateLength = 4;
    public const int TimeLength = 6;
    private const byte FoldBit = 0x80;
    private const int UnitsOfException = 3_000;

    public static object? DateAndTime(object?[] args)
    {
        if (args.Length is 0 or > 2 || State(args[0], DateLength + TimeLength) is not { } state
            || ReadDate(state) is not { } date || ReadTime(state.AsSpan(DateLength)) is not { } time)
        {
            return null;
        }
        var isFolded = (state[2] & FoldBit) != 0;
        var local = date.ToDateTime(time);
        return args switch
        {
            // Not of its own type, which the compiler would make a DateTimeOffset as well.
            [_] or [_, null] => (object)local,
            [_, PickleZone zone] => zone.At(local, isFolded),
            _ => throw PickleZone.OfUnknownClass(),
        };
    }

    public static object? Date(object?[] args) => args is [var only] && State(only, DateLength) is { } state && ReadDate(state) is { } date ? date : null;

    /// <summary>.NET has no time of day with a zone: then it is the text that Python shows, with the name of a zone in brackets.</summary>
    public static object? TimeOfDay(object?[] args)
    {
        if (args.Length is 0 or > 2 || State(args[0], TimeLength) is not { } state || ReadTime(state) is not { } time)
        {
            return null;
        }
        return args switch
        {
            [_] or [_, null] => (object)time,
            [_, PickleZone zone] => Text(time) + zone.Suffix,
            _ => throw PickleZone.OfUnknownClass(),
        };
    }

    /// <summary>What a subclass is called with; <c>null</c> if that is no time after all.</summary>
    public static object? OfSubclass(object?[] args, PickleKeys keys)
    {
        try
        {
            return DateAndTime(args) ?? Date(args) ?? (args.Length == 2 ? TimeOfDay(args) : null);
        }
        catch (ArgumentException)
        {
            // A time whose zone takes it out of .NET's calendar, of which there are not many: an exception takes its time.
            keys.Budget.Spend(UnitsOfException);
            return null;
        }
    }

    /// <summary>A <see cref="TimeSpan"/>, or the text that Python shows where that is too short: beyond 10,675,199 days.</summary>
    public static object? Duration(object?[] args)
    {
        if (args is not [long days, long seconds, long microseconds])
        {
            return null;
        }
        var ticks = (days * (Int128)TimeSpan.TicksPerDay)
            + (seconds * (Int128)TimeSpan.TicksPerSecond)
            + (microseconds * (Int128)TimeSpan.TicksPerMicrosecond);
        if (ticks >= long.MinValue && ticks <= long.MaxValue)
        {
            return new TimeSpan((long)ticks);
        }
        return Math.Abs((decimal)days) < 1_000_000_000 && seconds is >= 0 and < 86_400 && microseconds is >= 0 and < 1_000_000
            ? string.Create(CultureInfo.InvariantCulture, $"{days} days, {seconds / 3600}:{Text(new TimeSpan((seconds * TimeSpan.TicksPerSecond) + (microseconds * 10)))}")
            : null;
    }

    /// <summary>As <c>isoformat</c> has it: without a fraction if there is none.</summary>
    public static string Text(TimeOnly time) => time.ToString(time.Ticks % TimeSpan.TicksPerSecond == 0 ? "HH:mm:ss" : "HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    private static string Text(TimeSpan ofHour) => ofHour.ToString(ofHour.Ticks % TimeSpan.TicksPerSecond == 0 ? @"mm\:ss" : @"mm\:ss\.ffffff", CultureInfo.InvariantCulture);

    public static void WriteDate(Span<byte> state, DateOnly date)
    {
        BinaryPrimitives.WriteUInt16BigEndian(state, (ushort)date.Year);
        state[2] = (byte)date.Month;
        state[3] = (byte)date.Day;
    }

    public static void WriteTime(Span<byte> state, TimeOnly time)
    {
        var microseconds = (int)(time.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond);
        state[0] = (byte)time.Hour;
        state[1] = (byte)time.Minute;
        state[2] = (byte)time.Second;
        state[3] = (byte)(microseconds >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(state[4..], (ushort)microseconds);
    }

    /// <summary>Python 2 wrote the bytes as text.</summary>
    private static byte[]? State(object? value, int length)
    {
        var bytes = value is string text && text.Length == length ? Encoding.Latin1.GetBytes(text) : value as byte[];
        return bytes?.Length == length ? bytes : null;
    }

    private static DateOnly? ReadDate(ReadOnlySpan<byte> state)
    {
        var (year, month, day) = (BinaryPrimitives.ReadUInt16BigEndian(state), state[2] & ~FoldBit, state[3]);
        return year is >= 1 and <= 9999 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month) ? new DateOnly(year, month, day) : null;
    }

    private static TimeOnly? ReadTime(ReadOnlySpan<byte> state)
    {
        var microseconds = (state[3] << 16) | BinaryPrimitives.ReadUInt16BigEndian(state[4..]);
        var hour = state[0] & ~FoldBit;
        return hour < 24 && state[1] < 60 && state[2] < 60 && microseconds < 1_000_000
            ? new TimeOnly(hour, state[1], state[2], microseconds / 1000, microseconds % 1000)
            : null;
    }
}
