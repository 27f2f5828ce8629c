using System.Globalization;
using System.Numerics;

namespace RQ.Serialization;

/// <summary>Writes the values that contain no others.</summary>
internal static class PickleScalar
{
    /// <returns>Whether the value was one, and is written.</returns>
    public static bool TryWrite(ref PickleOutput pickle, object value)
    {
        switch (value)
        {
            case Enum name:
                pickle.Text(name.ToString());
                return true;
            case DBNull:
                pickle.Op(PickleOp.None);
                return true;
            case string text:
                pickle.Text(text);
                return true;
            case char letter:
                pickle.Text([letter]);
                return true;
            case bool truth:
                pickle.Op(truth ? PickleOp.NewTrue : PickleOp.NewFalse);
                return true;
            case Guid guid:
                WriteGuid(ref pickle, guid);
                return true;
            default:
                return TryWriteNumber(ref pickle, value) || TryWriteTime(ref pickle, value) || TryWriteBytes(ref pickle, value);
        }
    }

    private static bool TryWriteNumber(ref PickleOutput pickle, object value)
    {
        switch (value)
        {
            case int number:
                pickle.Integer(number);
                return true;
            case long number:
                pickle.Integer(number);
                return true;
            case byte number:
                pickle.Integer(number);
                return true;
            case sbyte number:
                pickle.Integer(number);
                return true;
            case short number:
                pickle.Integer(number);
                return true;
            case ushort number:
                pickle.Integer(number);
                return true;
            case uint number:
                pickle.Integer((long)number);
                return true;
            case nint number:
                pickle.Integer(number);
                return true;
            case ulong number:
                pickle.Integer((BigInteger)number);
                return true;
            case nuint number:
                pickle.Integer((BigInteger)number);
                return true;
            case Int128 number:
                pickle.Integer((BigInteger)number);
                return true;
            case UInt128 number:
                pickle.Integer((BigInteger)number);
                return true;
            case BigInteger number:
                pickle.Integer(number);
                return true;
            case double number:
                pickle.Float(number);
                return true;
            case float number:
                pickle.Float(number);
                return true;
            case Half number:
                pickle.Float((double)number);
                return true;
            case decimal number:
                WriteDecimal(ref pickle, number);
                return true;
            case Complex number:
                pickle.Global("builtins"u8, "complex"u8);
                pickle.Float(number.Real);
                pickle.Float(number.Imaginary);
                pickle.Call(2);
                return true;
            default:
                return false;
        }
    }

    private static bool TryWriteTime(ref PickleOutput pickle, object value)
    {
        switch (value)
        {
            case DateTime { Kind: DateTimeKind.Utc } time:
                WriteDateTime(ref pickle, time);
                WriteZone(ref pickle, TimeSpan.Zero);
                pickle.Call(2);
                return true;
            case DateTime time:
                WriteDateTime(ref pickle, time);
                pickle.Call(1);
                return true;
            case DateTimeOffset time:
                WriteDateTime(ref pickle, time.DateTime);
                WriteZone(ref pickle, time.Offset);
                pickle.Call(2);
                return true;
            case DateOnly date:
                WriteDate(ref pickle, date);
                return true;
            case TimeOnly time:
                WriteTimeOfDay(ref pickle, time);
                return true;
            case TimeSpan duration:
                WriteDuration(ref pickle, duration);
                return true;
            default:
                return false;
        }
    }

    private static bool TryWriteBytes(ref PickleOutput pickle, object value)
    {
        switch (value)
        {
            // sbyte[] is a byte[] too, as far as the runtime goes.
            case byte[] bytes when bytes.GetType() == typeof(byte[]):
                pickle.Bytes(bytes);
                return true;
            case ReadOnlyMemory<byte> bytes:
                pickle.Bytes(bytes.Span);
                return true;
            case Memory<byte> bytes:
                pickle.Bytes(bytes.Span);
                return true;
            case ArraySegment<byte> bytes:
                pickle.Bytes(bytes);
                return true;
            default:
                return false;
        }
    }

    private static void WriteGuid(ref PickleOutput pickle, Guid guid)
    {
        Span<byte> text = stackalloc byte[36];
        guid.TryFormat(text, out var length);
        pickle.Global("uuid"u8, "UUID"u8);
        pickle.Ascii(text[..length]);
        pickle.Call(1);
    }

    private static void WriteDecimal(ref PickleOutput pickle, decimal number)
    {
        Span<byte> text = stackalloc byte[33];
        // .NET does not show the sign of a zero.
        text[0] = (byte)'-';
        var sign = number == 0 && decimal.IsNegative(number) ? 1 : 0;
        number.TryFormat(text[sign..], out var length, default, CultureInfo.InvariantCulture);
        length += sign;
        pickle.Global("decimal"u8, "Decimal"u8);
        pickle.Ascii(text[..length]);
        pickle.Call(1);
    }

    private static void WriteDateTime(ref PickleOutput pickle, DateTime time)
    {
        Span<byte> state = stackalloc byte[PickleTime.DateLength + PickleTime.TimeLength];
        PickleTime.WriteDate(state, DateOnly.FromDateTime(time));
        PickleTime.WriteTime(state[PickleTime.DateLength..], TimeOnly.FromDateTime(time));
        pickle.Global("datetime"u8, "datetime"u8);
        pickle.Bytes(state);
    }

    private static void WriteZone(ref PickleOutput pickle, TimeSpan offset)
    {
        pickle.Global("datetime"u8, "timezone"u8);
        WriteDuration(ref pickle, offset);
        pickle.Call(1);
    }

    private static void WriteDate(ref PickleOutput pickle, DateOnly date)
    {
        Span<byte> state = stackalloc byte[PickleTime.DateLength];
        PickleTime.WriteDate(state, date);
        pickle.Global("datetime"u8, "date"u8);
        pickle.Bytes(state);
        pickle.Call(1);
    }

    private static void WriteTimeOfDay(ref PickleOutput pickle, TimeOnly time)
    {
        Span<byte> state = stackalloc byte[PickleTime.TimeLength];
        PickleTime.WriteTime(state, time);
        pickle.Global("datetime"u8, "time"u8);
        pickle.Bytes(state);
        pickle.Call(1);
    }

    private static void WriteDuration(ref PickleOutput pickle, TimeSpan duration)
    {
        var (seconds, rest) = Math.DivRem(duration.Ticks, TimeSpan.TicksPerSecond);
        var (days, secondsOfDay) = Math.DivRem(seconds, 86_400);
        pickle.Global("datetime"u8, "timedelta"u8);
        pickle.Integer(days);
        pickle.Integer(secondsOfDay);
        pickle.Integer(rest / TimeSpan.TicksPerMicrosecond);
        pickle.Call(3);
    }
}
