using RQ.WorkHorses;
using StackExchange.Redis;

namespace RQ.Jobs;

/// <summary>The fields of a hash as a script answered them. The values are read when they are asked for, which few of them are.</summary>
internal sealed class HashFields
{
    // A name that was taken out is null, and a value that is null is absent.
    private readonly string?[] _names;
    private readonly RedisResult[] _values;
    private readonly int _firstValue;
    private readonly int _step;

    private HashFields(string?[] names, RedisResult[] values, int firstValue, int step)
    {
        _names = names;
        _values = values;
        _firstValue = firstValue;
        _step = step;
    }

    public int Count
    {
        get
        {
            int count = 0;
            for (int i = 0; i < _names.Length; i++)
                count += Has(i) ? 1 : 0;
            return count;
        }
    }

    public RedisValue this[string field]
    {
        get
        {
            int at = Array.IndexOf(_names, field);
            return at < 0 ? RedisValue.Null : ValueAt(at);
        }
    }

    /// <summary>Reads the flat list of fields and values that a script returns for a hash.</summary>
    public static HashFields Read(RedisResult flat)
    {
        RedisResult[] values = flat.IsNull ? [] : (RedisResult[])flat!;
        string?[] names = new string?[values.Length / 2];
        for (int i = 0; i < names.Length; i++)
            names[i] = FieldNames.Read((RedisValue)values[2 * i]);
        return new HashFields(names, values, firstValue: 1, step: 2);
    }

    /// <summary>Reads the values of these fields; those that are null are absent.</summary>
    public static HashFields Read(string[] names, ReadOnlySpan<RedisResult> values) => new(names, values.ToArray(), firstValue: 0, step: 1);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static HashFields Read(BinaryReader reader)
    {
        string[] names = new string[reader.ReadCount()];
        var values = new RedisResult[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = reader.ReadString();
            values[i] = RedisResult.Create((RedisValue)reader.ReadBlock());
        }

        return new HashFields(names, values, firstValue: 0, step: 1);
    }

    /// <summary>Writes all fields, for another process.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(Count);
        for (int i = 0; i < _names.Length; i++)
        {
            if (!Has(i))
                continue;
            byte[] bytes = (byte[]?)ValueAt(i) ?? [];
            writer.Write(_names[i]!);
            writer.Write(bytes.Length);
            writer.Write(bytes);
        }
    }

    /// <summary>The same as if a field were absent.</summary>
    public HashFields Without(string field) => new(Array.ConvertAll(_names, name => name == field ? null : name), _values, _firstValue, _step);

    private bool Has(int index) => _names[index] is not null && !_values[_firstValue + (index * _step)].IsNull;

    private RedisValue ValueAt(int index) => (RedisValue)_values[_firstValue + (index * _step)];
}
