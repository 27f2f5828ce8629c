using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace RQ.Serialization;

/// <summary>The values for the members of one object, before it is made.</summary>
internal readonly struct ObjectValues(ObjectMembers members)
{
    private readonly object?[] _values = new object?[members.All.Count];
    private readonly byte[] _given = new byte[members.All.Count];
    private readonly OrderedDictionary<object, object?>? _rest = members.Rest is null ? null : [];

    /// <summary>What no member is for, where it is kept.</summary>
    public OrderedDictionary<object, object?>? Rest => _rest is { Count: > 0 } ? _rest : null;

    /// <summary>Whether the value was given by the member's very name, which wins over a name that is only alike.</summary>
    public bool IsExact(int index) => _given[index] == 2;

    public void Set(int index, object? value, bool isExact)
    {
        _values[index] = value;
        _given[index] = isExact ? (byte)2 : (byte)1;
    }

    public bool TryGet(int index, out object? value)
    {
        value = _values[index];
        return _given[index] > 0;
    }

    /// <summary>A value that no member is for.</summary>
    public void Keep(JsonTypeInfo contract, object key, object? value)
    {
        if (_rest is not null)
            _rest[key] = value;
        else if (contract.UnmappedMemberHandling == JsonUnmappedMemberHandling.Disallow && !(key is string name && name.StartsWith('$')))
            throw new DataBindingException($"{DataKind.Name(contract.Type)} has no member {DataKind.Show(key)}.");
    }
}
