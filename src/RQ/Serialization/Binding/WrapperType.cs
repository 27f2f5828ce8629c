using System.Reflection;
using System.Text.Json.Serialization.Metadata;

namespace RQ.Serialization;

/// <summary>Types of a single value, such as <c>record UserId(int Value)</c>, which are also made from the bare value.</summary>
internal static class WrapperType
{
    private const int MostWithin = 16;

    /// <summary>
    /// Whether it is one: of your own, with a constructor of one parameter, which a member shows. Wrappers within wrappers must end
    /// in another type: of a wrapper that holds itself no value is the bare one.
    /// </summary>
    public static bool Is(Type type)
    {
        Type? inner = ValueOf(type);
        if (inner is null)
            return false;
        for (int i = 0; i < MostWithin && inner is not null; i++)
            inner = ValueOf(inner);
        return inner is null;
    }

    private static Type? ValueOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (DataContracts.IsOfFramework(type) || type.IsEnum || JsonBinder.IsJson(type) || DataContracts.Of(type) is not { Kind: JsonTypeInfoKind.Object } contract)
            return null;
        return ObjectMembers.ConstructorOf(contract)?.GetParameters() is [{ } only] && new ObjectMembers(contract, [only]).Shows(0) ? only.ParameterType : null;
    }
}
