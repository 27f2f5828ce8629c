using System.Collections;
using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace RQ.Serialization;

/// <summary>
/// Classes, records and structs: from a dict by the names of their members, from a tuple or list by the places of the constructor's
/// parameters. A type of a single parameter that a member shows is also made from the bare value, as which a named tuple of one field arrives.
/// </summary>
internal sealed class ObjectBinder
{
    private readonly Type _type;
    private readonly JsonTypeInfo _contract;
    private readonly ConstructorInvoker? _constructor;
    private readonly ObjectParameter[] _parameters = [];
    private readonly ObjectMembers _members;
    private readonly ObjectVariants? _variants;

    // The parameters that a list gives by their places: what is never read under its name is not either.
    private readonly int[] _places;
    private readonly int _leastPlaces;
    private readonly Type? _wrapped;

    public ObjectBinder(Type type)
    {
        _type = type;
        _contract = DataContracts.Of(type);
        _variants = _contract.PolymorphismOptions is { } options ? new ObjectVariants(options) : null;
        ConstructorInfo? constructor = ObjectMembers.ConstructorOf(_contract);
        ParameterInfo[] parameters = constructor?.GetParameters() ?? [];
        if (parameters.Length > 0)
            _constructor = ConstructorInvoker.Create(constructor!);
        _members = new ObjectMembers(_contract, parameters);
        _parameters = [.. parameters.Select((parameter, i) => ObjectParameter.Of(parameter, _members.Shows(i)))];
        _places = [.. Enumerable.Range(0, _parameters.Length).Where(i => !_parameters[i].IsIgnored)];
        _leastPlaces = _places.Count(i => !_parameters[i].IsOptional);
        _wrapped = WrapperType.Is(type) ? parameters[0].ParameterType : null;
    }

    /// <summary>Existing objects that are to be filled are rare enough.</summary>
    public static bool IsLeftToJson(Type type)
    {
        JsonTypeInfo contract = DataContracts.Of(type);
        return contract.Kind != JsonTypeInfoKind.Object
            || (contract.PreferredPropertyObjectCreationHandling ?? JsonObjectCreationHandling.Replace) == JsonObjectCreationHandling.Populate
            || contract.Properties.Any(member => member.ObjectCreationHandling == JsonObjectCreationHandling.Populate);
    }

    public object? Bind(object data)
    {
        if (data is IDictionary map)
            return _variants?.Of(map, _type) is { } variant && variant != _type ? DataBinder.Bind(map, variant) : BindMap(map);
        if (DataKind.Sequence(data) is { } list)
            return BindList(list);
        return _wrapped is null ? null : BindBare(data);
    }

    private object BindMap(IDictionary map)
    {
        var values = new ObjectValues(_members);
        foreach (DictionaryEntry entry in map)
        {
            if (entry.Key is not string name || _members.Find(name, out bool isExact) is not { } index)
                values.Keep(_contract, entry.Key, entry.Value);
            else if (isExact || !values.IsExact(index))
                values.Set(index, _members.All[index].Bind(entry.Value), isExact);
        }

        return Make(values);
    }

    private object BindList(IList list)
    {
        if (_wrapped is not null && IsBare(list))
            return BindBare(list);
        if (_places.Length > 0 && list.Count >= _leastPlaces && list.Count <= _places.Length)
            return BindPlaces(list);
        throw new FormatException(_places.Length == 0
            ? "it has no constructor with parameters that the items could be given to. Send a dict of its members."
            : $"it has {list.Count} items, the constructor {_places.Length} parameters.");
    }

    // A list of one item is that item, as a named tuple of one field is; unless the list itself is what is wanted.
    private bool IsBare(IList list) => list.Count > 1 || (LikelyFit.Of(list, _wrapped!) && !(list.Count == 1 && LikelyFit.Of(list[0], _wrapped!)));

    private object BindPlaces(IList list)
    {
        var values = new ObjectValues(_members);
        for (int i = 0; i < list.Count; i++)
        {
            int member = _members.OfParameter(_places[i]);
            values.Set(member, _members.All[member].Bind(list[i]), isExact: true);
        }

        return Make(values);
    }

    private object BindBare(object data)
    {
        var values = new ObjectValues(_members);
        int only = _members.OfParameter(0);
        values.Set(only, _members.All[only].Bind(data), isExact: true);
        return Make(values);
    }

    private object Make(ObjectValues values)
    {
        var arguments = new object?[_parameters.Length];
        for (int i = 0; i < arguments.Length; i++)
        {
            ObjectParameter parameter = _parameters[i];
            if (values.TryGet(_members.OfParameter(i), out object? value))
                arguments[i] = value;
            else
                arguments[i] = parameter.IsOptional ? parameter.Default : throw Missing(_members.All[_members.OfParameter(i)].Name);
        }

        try
        {
            object made = Create(arguments);
            _contract.OnDeserializing?.Invoke(made);
            SetMembers(made, values);
            _contract.OnDeserialized?.Invoke(made);
            return made;
        }
        catch (Exception exception) when (exception is not (DataBindingException or OutOfMemoryException))
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    private object Create(object?[] arguments)
    {
        if (_constructor is not null)
            return _constructor.Invoke(arguments.AsSpan());
        return _contract.CreateObject?.Invoke() ?? throw new DataBindingException(_type.IsAbstract || _type.IsInterface
            ? $"The type {DataKind.Name(_type)} is abstract and lists no derived types that data could name ([JsonDerivedType])."
            : $"The type {DataKind.Name(_type)} has no constructor to choose: it needs a public one, and of several the one to use is marked with [JsonConstructor].");
    }

    private void SetMembers(object made, ObjectValues values)
    {
        for (int i = 0; i < _members.All.Count; i++)
        {
            ObjectMember member = _members.All[i];
            if (member.Parameter >= 0)
                continue;
            if (values.TryGet(i, out object? value))
                member.Set!(made, value);
            else if (member.IsRequired)
                throw Missing(member.Name);
        }

        if (_members.Rest is { } rest && values.Rest is { } kept)
            rest.Set!(made, rest.Bind(kept));
    }

    private DataBindingException Missing(string member) => new($"The member '{member}' of {DataKind.Name(_type)} is missing.");
}
