using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;

namespace RQ.Serialization;

/// <summary>A parameter of the constructor that makes an object.</summary>
/// <param name="Name">Its name in C#.</param>
/// <param name="IsOptional">Whether it may be missing: it has a default, may be null, or belongs to a member that is never read.</param>
/// <param name="Default">What it is then.</param>
/// <param name="IsIgnored">Whether its member is never read.</param>
internal sealed record ObjectParameter(string Name, bool IsOptional, object? Default, bool IsIgnored)
{
    private static readonly NullabilityInfoContext s_nullability = new();

    public static ObjectParameter Of(ParameterInfo parameter, bool isMember)
    {
        Type type = parameter.ParameterType;
        bool isNullable = Nullable.GetUnderlyingType(type) is not null || (!type.IsValueType && MayBeNull(parameter));
        object? standard = parameter.HasDefaultValue ? DefaultOf(parameter) : null;
        if (standard is null && type.IsValueType && Nullable.GetUnderlyingType(type) is null)
            standard = RuntimeHelpers.GetUninitializedObject(type);
        bool isIgnored = !isMember && NeverRead(parameter);
        return new ObjectParameter(parameter.Name!, parameter.HasDefaultValue || isNullable || isIgnored, standard, isIgnored);
    }

    /// <summary>Whether the member of that name is never read.</summary>
    public static bool NeverRead(ParameterInfo parameter) => Array.Exists(
        parameter.Member.DeclaringType!.GetMember(parameter.Name!, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.IgnoreCase),
        member => member.GetCustomAttribute<JsonIgnoreAttribute>() is { Condition: JsonIgnoreCondition.Always or JsonIgnoreCondition.WhenReading });

    /// <summary>The default that a parameter has; of an enum it is noted as a number.</summary>
    public static object? DefaultOf(ParameterInfo parameter) => parameter.DefaultValue is { } value && (Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType) is { IsEnum: true } type
        ? Enum.ToObject(type, value)
        : parameter.DefaultValue;

    // Only what is marked as nullable: code without annotations says nothing.
    private static bool MayBeNull(ParameterInfo parameter)
    {
        lock (s_nullability)
            return s_nullability.Create(parameter).WriteState == NullabilityState.Nullable;
    }
}
