using System.Numerics;

namespace RQ.Serialization;

/// <summary>
/// The check on what a pickle produced, before anyone walks it: only data, no loops, bounded depth, and bounded
/// size when shared values are counted as often as they are reached.
/// </summary>
internal ref struct PickleResult
{
    private long _remaining;

    public static object? Checked(object? root)
    {
        var check = new PickleResult { _remaining = PickleLimits.Values };
        check.Visit(root, depth: 1);
        return root;
    }

    private void Visit(object? value, int depth)
    {
        _remaining -= 1 + Length(value) / PickleLimits.LengthPerValue;
        if (_remaining < 0)
        {
            throw new PickleException($"The pickle unfolds to more than {PickleLimits.Values} values.");
        }
        switch (value)
        {
            case object?[] or List<object?> or OrderedDictionary<object, object?> or HashSet<object> when depth > PickleLimits.Depth:
                throw new PickleException(
                    $"The pickle is nested deeper than {PickleLimits.Depth} levels, or holds a container that contains itself.");
            case object?[] tuple:
                foreach (var item in tuple)
                {
                    Visit(item, depth + 1);
                }
                break;
            case List<object?> list:
                foreach (var item in list)
                {
                    Visit(item, depth + 1);
                }
                break;
            case OrderedDictionary<object, object?> dict:
                foreach (var (key, item) in dict)
                {
                    Visit(key, depth + 1);
                    Visit(item, depth + 1);
                }
                break;
            case HashSet<object> set:
                foreach (var item in set)
                {
                    Visit(item, depth + 1);
                }
                break;
            case PickleName name:
                throw new PickleException($"The pickle holds '{name.FullName}' itself, which is not data.");
            case PickleZone:
                throw new PickleException("The pickle holds a time zone on its own, which has no counterpart here; send its name.");
            case PickleUnbuilt:
                throw new PickleException("The pickle holds a 'uuid.UUID' without its number.");
            default:
                break;
        }
    }

    private static int Length(object? value) => value switch
    {
        string text => text.Length,
        byte[] bytes => bytes.Length,
        BigInteger number => number.GetByteCount(),
        _ => 0,
    };
}
