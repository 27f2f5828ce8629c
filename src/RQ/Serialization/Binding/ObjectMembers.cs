using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace RQ.Serialization;

/// <summary>The members of a type that values are bound to, found by their names or by the constructor's parameters.</summary>
internal sealed class ObjectMembers
{
    private readonly List<ObjectMember> _all = [];
    private readonly Dictionary<string, int> _exact = [];
    private readonly Dictionary<string, int?> _folded = [];
    private readonly int[] _ofParameter;

    public ObjectMembers(JsonTypeInfo contract, ParameterInfo[] parameters)
    {
        _ofParameter = new int[parameters.Length];
        Array.Fill(_ofParameter, -1);
        Shown = new bool[parameters.Length];
        var others = new List<(string Name, int Index)>();
        foreach (JsonPropertyInfo member in contract.Properties)
        {
            int parameter = ParameterOf(member, parameters);
            if (member.IsExtensionData)
                Rest = ObjectMember.Of(member, contract, -1);
            else if ((parameter >= 0 || member.Set is not null) && !IsIgnored(member))
                others.Add((DataContracts.MemberName(member) ?? member.Name, Add(ObjectMember.Of(member, contract, parameter))));
        }

        AddBareParameters(parameters);
        foreach ((string name, int index) in others)
            _folded.TryAdd(MemberNames.Fold(name), index);
    }

    public IReadOnlyList<ObjectMember> All => _all;

    /// <summary>What keeps the values that no member is for; <c>null</c> when they are dropped.</summary>
    public ObjectMember? Rest { get; }

    private bool[] Shown { get; }

    /// <summary>Whether a parameter of the constructor has a member that shows its value.</summary>
    public bool Shows(int parameter) => Shown[parameter];

    public int OfParameter(int parameter) => _ofParameter[parameter];

    /// <summary>The place of the member in <see cref="All"/>.</summary>
    public int? Find(string name, out bool isExact)
    {
        isExact = _exact.TryGetValue(name, out int index);
        return isExact ? index : _folded.GetValueOrDefault(MemberNames.Fold(name));
    }

    /// <summary>The constructor that System.Text.Json chooses; of a struct, which it fills without one, the only one it has if that shows all it is given.</summary>
    public static ConstructorInfo? ConstructorOf(JsonTypeInfo contract)
    {
        if (contract.ConstructorAttributeProvider is ConstructorInfo chosen)
            return chosen;
        return contract.Type.IsValueType && contract.Type.GetConstructors() is [{ } only] && Array.TrueForAll(only.GetParameters(), parameter => contract.Properties.Any(member => IsFor(parameter, member)))
            ? only
            : null;
    }

    private static int ParameterOf(JsonPropertyInfo member, ParameterInfo[] parameters) =>
        member.AssociatedParameter is { } known && known.Position < parameters.Length ? known.Position : Array.FindIndex(parameters, parameter => IsFor(parameter, member));

    private static bool IsFor(ParameterInfo parameter, JsonPropertyInfo member) =>
        string.Equals(parameter.Name, DataContracts.MemberName(member), StringComparison.OrdinalIgnoreCase) && parameter.ParameterType == member.PropertyType;

    private static bool IsIgnored(JsonPropertyInfo member) =>
        member.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: false) is [JsonIgnoreAttribute { Condition: JsonIgnoreCondition.Always or JsonIgnoreCondition.WhenReading }, ..];

    private int Add(ObjectMember member)
    {
        int index = _all.Count;
        _all.Add(member);
        _exact.TryAdd(member.Name, index);
        string folded = MemberNames.Fold(member.Name);
        _folded[folded] = _folded.ContainsKey(folded) ? null : index;
        if (member.Parameter >= 0)
        {
            _ofParameter[member.Parameter] = index;
            Shown[member.Parameter] = true;
        }

        return index;
    }

    // Parameters that no member shows are filled by their own names, but for those of a member that is to be ignored.
    private void AddBareParameters(ParameterInfo[] parameters)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            if (_ofParameter[i] >= 0)
                continue;
            bool isIgnored = ObjectParameter.NeverRead(parameters[i]);
            var bare = new ObjectMember(parameters[i].Name!, parameters[i].ParameterType, i, null, false, null);
            _ofParameter[i] = _all.Count;
            if (isIgnored)
                _all.Add(bare);
            else
                Add(bare);
            Shown[i] = false;
        }
    }
}
