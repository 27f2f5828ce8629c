using System.Text.Json.Serialization.Metadata;

namespace RQ.Serialization;

/// <summary>Writes classes, records and structs as a dict of their members, under the names that System.Text.Json gives them; each value as data of its own kind.</summary>
internal sealed class ObjectShape
{
    private readonly JsonTypeInfo _contract;
    private readonly Member[] _members;
    private readonly (string Name, object Text)? _discriminator;

    public ObjectShape(JsonTypeInfo contract)
    {
        _contract = contract;
        _discriminator = DataContracts.DiscriminatorOf(contract.Type);
        _members = [.. contract.Properties.Where(member => member.Get is not null).OrderBy(member => member.Order)
            .Select(member => new Member(member, DataContracts.JsonOf(member, contract)))];
    }

    public object Write(object value, int depth)
    {
        var data = new OrderedDictionary<object, object?>(_members.Length + 1);
        if (_discriminator is { } kind)
            data[kind.Name] = kind.Text;
        _contract.OnSerializing?.Invoke(value);
        foreach (Member member in _members)
        {
            object? item = member.Get(value);
            if (member.Contract.ShouldSerialize is { } asks && !asks(value, item))
                continue;
            if (member.Contract.IsExtensionData)
                Spread(DataTree.From(item, depth), data);
            else
                data[member.Contract.Name] = member.Json is null ? DataTree.From(item, depth) : DataShape.Json(item, member.Json);
        }

        _contract.OnSerialized?.Invoke(value);
        return data;
    }

    private static void Spread(object? rest, OrderedDictionary<object, object?> data)
    {
        if (rest is not OrderedDictionary<object, object?> entries)
            return;
        foreach ((object key, object? value) in entries)
            data.TryAdd(key, value);
    }

    private sealed record Member(JsonPropertyInfo Contract, JsonTypeInfo? Json)
    {
        private readonly Func<object, object?> _get = Contract.Get!;

        public object? Get(object value)
        {
            try
            {
                return _get(value);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                throw new ArgumentException($"A value of type {value.GetType()} cannot be stored: its member '{Contract.Name}' threw {exception.GetType().Name}: {exception.Message}", exception);
            }
        }
    }
}
