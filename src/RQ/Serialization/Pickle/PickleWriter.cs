using System.Buffers;
using System.Collections;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace RQ.Serialization;

/// <summary>
/// Writes values as pickles that hold only builtins and standard library value types, so that every Python can read
/// them: protocol 4 (Python 3.4+) without memo or frames.
/// </summary>
/// <remarks>
/// <para>
/// <c>null</c> and <see cref="DBNull"/> are None; all integer types are int; <see cref="float"/>,
/// <see cref="double"/>, <see cref="Half"/> are float; <see cref="decimal"/> is Decimal; <see cref="string"/> and
/// <see cref="char"/> are str, with lone surrogates as U+FFFD; an enum is its name as str (a number where it has
/// none); <c>byte[]</c> and byte memory are bytes; <see cref="Guid"/> is UUID; <see cref="Complex"/> is complex.
/// </para>
/// <para>
/// <see cref="DateTime"/> is a naive datetime, in UTC an aware one; <see cref="DateTimeOffset"/> is aware with its
/// offset; <see cref="DateOnly"/>, <see cref="TimeOnly"/>, <see cref="TimeSpan"/> are date, time, timedelta.
/// Python has microseconds: the seventh decimal is cut off.
/// </para>
/// <para>
/// <c>object?[]</c> and tuples are tuple; dictionaries are dict; sets are set, within keys and other sets
/// frozenset; every other sequence, other arrays included, is list. Anything else is an error: convert it first.
/// </para>
/// </remarks>
internal static class PickleWriter
{
    private const byte Protocol = 4;

    private const int FirstCapacity = 1024;
    private const int MostKept = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_output;

    /// <inheritdoc cref="Write(IBufferWriter{byte}, object?)"/>
    public static byte[] Write(object? value)
    {
        // Taken away while it is in use: what is enumerated here may write a pickle of its own.
        var output = t_output ?? new ArrayBufferWriter<byte>(FirstCapacity);
        t_output = null;
        output.ResetWrittenCount();
        Write(output, value);
        byte[] pickle = output.WrittenSpan.ToArray();
        if (output.Capacity <= MostKept)
        {
            t_output = output;
        }
        return pickle;
    }

    /// <summary>Writes one pickle of the value.</summary>
    /// <exception cref="PickleException">
    /// It holds a value that is no builtin, a key that Python cannot hash, or is nested deeper than
    /// <see cref="PickleLimits.Depth"/>. Part of the pickle may have been written to the output.
    /// </exception>
    public static void Write(IBufferWriter<byte> output, object? value)
    {
        var pickle = new PickleOutput(output);
        pickle.Op(PickleOp.Proto);
        pickle.Op(Protocol);
        WriteValue(ref pickle, value, 0);
        pickle.Op(PickleOp.Stop);
        pickle.Complete();
    }

    private static void WriteValue(ref PickleOutput pickle, object? value, int depth)
    {
        switch (value)
        {
            case null:
                pickle.Op(PickleOp.None);
                break;
            case string text:
                pickle.Text(text);
                break;
            case int number:
                pickle.Integer(number);
                break;
            case long number:
                pickle.Integer(number);
                break;
            case bool truth:
                pickle.Op(truth ? PickleOp.NewTrue : PickleOp.NewFalse);
                break;
            case double number:
                pickle.Float(number);
                break;
            case object?[] or Dictionary<string, object?>:
                WriteContainer(ref pickle, value, depth + 1);
                break;
            default:
                if (!PickleScalar.TryWrite(ref pickle, value))
                {
                    WriteContainer(ref pickle, value, depth + 1);
                }
                break;
        }
    }

    private static void WriteContainer(ref PickleOutput pickle, object value, int depth)
    {
        if (depth > PickleLimits.Depth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new PickleException(
                $"The value is nested deeper than {PickleLimits.Depth} levels, or holds a container that contains itself.");
        }
        switch (value)
        {
            // string[] is an object[] too, as far as the language goes.
            case object?[] tuple when tuple.GetType() == typeof(object[]):
                OpenTuple(ref pickle, tuple.Length);
                foreach (var item in tuple)
                {
                    WriteValue(ref pickle, item, depth);
                }
                CloseTuple(ref pickle, tuple.Length);
                break;
            case ITuple tuple:
                OpenTuple(ref pickle, tuple.Length);
                for (var i = 0; i < tuple.Length; i++)
                {
                    WriteValue(ref pickle, tuple[i], depth);
                }
                CloseTuple(ref pickle, tuple.Length);
                break;
            case IDictionary dict:
                WriteDict(ref pickle, dict, depth);
                break;
            case IDictionary<string, object?> or IReadOnlyDictionary<string, object?>:
                WriteDict(ref pickle, (IEnumerable<KeyValuePair<string, object?>>)value, depth);
                break;
            case PickleFrozenSet set:
                WriteFrozenSet(ref pickle, set, 0);
                break;
            case IEnumerable set when PickleSets.IsSet(set):
                WriteSet(ref pickle, set);
                break;
            case IEnumerable list:
                WriteList(ref pickle, list, depth);
                break;
            default:
                throw NotBuiltin(value);
        }
    }

    /// <summary>A dict key or set element, which must be hashable in Python.</summary>
    private static void WriteKey(ref PickleOutput pickle, object? key, int depth)
    {
        if (depth > PickleLimits.KeyDepth)
        {
            throw new PickleException($"A dict key or set element is nested deeper than {PickleLimits.KeyDepth} levels.");
        }
        switch (key)
        {
            case string text:
                pickle.Text(text);
                break;
            case object?[] tuple when tuple.GetType() == typeof(object[]):
                WriteKeyTuple(ref pickle, tuple, depth + 1);
                break;
            case ITuple tuple:
                WriteKeyTuple(ref pickle, tuple, depth + 1);
                break;
            case null:
                pickle.Op(PickleOp.None);
                break;
            case var _ when PickleScalar.TryWrite(ref pickle, key):
                break;
            case IEnumerable set when PickleSets.IsSet(set):
                WriteFrozenSet(ref pickle, set, depth);
                break;
            case IEnumerable:
                throw new PickleException(
                    $"'{key.GetType()}' cannot be a dict key or set element: in Python it is a list or dict, which has no hash. Use a tuple.");
            default:
                WriteValue(ref pickle, key, depth);
                break;
        }
    }

    private static void WriteDict(ref PickleOutput pickle, IDictionary dict, int depth)
    {
        pickle.Op(PickleOp.EmptyDict);
        if (dict.Count == 0)
        {
            return;
        }
        pickle.Op(PickleOp.Mark);
        foreach (DictionaryEntry entry in dict)
        {
            WriteKey(ref pickle, entry.Key, 0);
            WriteValue(ref pickle, entry.Value, depth);
        }
        pickle.Op(PickleOp.SetItems);
    }

    private static void WriteDict(ref PickleOutput pickle, IEnumerable<KeyValuePair<string, object?>> dict, int depth)
    {
        pickle.Op(PickleOp.EmptyDict);
        pickle.Op(PickleOp.Mark);
        foreach (var (key, value) in dict)
        {
            pickle.Text(key);
            WriteValue(ref pickle, value, depth);
        }
        pickle.Op(PickleOp.SetItems);
    }

    private static void WriteSet(ref PickleOutput pickle, IEnumerable set)
    {
        pickle.Op(PickleOp.EmptySet);
        pickle.Op(PickleOp.Mark);
        foreach (var item in set)
        {
            WriteKey(ref pickle, item, 0);
        }
        pickle.Op(PickleOp.AddItems);
    }

    private static void WriteFrozenSet(ref PickleOutput pickle, IEnumerable set, int depth)
    {
        pickle.Op(PickleOp.Mark);
        foreach (var item in set)
        {
            WriteKey(ref pickle, item, depth + 1);
        }
        pickle.Op(PickleOp.FrozenSet);
    }

    private static void WriteList(ref PickleOutput pickle, IEnumerable list, int depth)
    {
        pickle.Op(PickleOp.EmptyList);
        if (list is ICollection { Count: 0 })
        {
            return;
        }
        pickle.Op(PickleOp.Mark);
        if (list is List<object?> values)
        {
            foreach (var item in values)
            {
                WriteValue(ref pickle, item, depth);
            }
        }
        else
        {
            foreach (var item in list)
            {
                WriteValue(ref pickle, item, depth);
            }
        }
        pickle.Op(PickleOp.Appends);
    }

    private static void WriteKeyTuple(ref PickleOutput pickle, ITuple tuple, int depth)
    {
        OpenTuple(ref pickle, tuple.Length);
        for (var i = 0; i < tuple.Length; i++)
        {
            WriteKey(ref pickle, tuple[i], depth);
        }
        CloseTuple(ref pickle, tuple.Length);
    }

    private static void WriteKeyTuple(ref PickleOutput pickle, object?[] tuple, int depth)
    {
        OpenTuple(ref pickle, tuple.Length);
        foreach (var item in tuple)
        {
            WriteKey(ref pickle, item, depth);
        }
        CloseTuple(ref pickle, tuple.Length);
    }

    private static void OpenTuple(ref PickleOutput pickle, int length)
    {
        if (length > 3)
        {
            pickle.Op(PickleOp.Mark);
        }
    }

    private static void CloseTuple(ref PickleOutput pickle, int length) => pickle.Op(length switch
    {
        0 => PickleOp.EmptyTuple,
        1 => PickleOp.Tuple1,
        2 => PickleOp.Tuple2,
        3 => PickleOp.Tuple3,
        _ => PickleOp.Tuple,
    });

    private static PickleException NotBuiltin(object value) =>
        new($"'{value.GetType()}' is not a builtin: it has no form as plain Python data.");
}
