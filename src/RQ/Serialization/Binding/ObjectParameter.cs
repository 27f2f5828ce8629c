using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;

namespace RQ.Serialization;

/// <summary>A parameter of the constructor that makes an object.</summary>
/// <param name="Name">Its name in C#.</param>
/// <param name="IsOptional">Whether it may be missing: it has a default, may be null, or belongs to a member that is never read.</param>
/// <param name="Default">What it is then.</param>
/// <param name="IsMember">Whether a member shows its value.</param>
internal sealed record ObjectParameter(string Name, bool IsOptional, object? Default, bool IsMember)
{
    private static readonly NullabilityInfoContext s_nullability = new();

    public static ObjectParameter Of(ParameterInfo parameter, bool isMember)
    {
        Type type = parameter.ParameterType;
        bool isNullable = Nullable.GetUnderlyingType(type) is not null || (!type.IsValueType && MayBeNull(parameter));
        object? standard = parameter.HasDefaultValue ? DefaultOf(parameter) : null;
        if (standard is null && type.IsValueType && Nullable.GetUnderlyingType(type) is null)
            standard = RuntimeHelpers.GetUninitializedObject(type);
        return new ObjectParameter(parameter.Name!, parameter.HasDefaultValue || isNullable || (!isMember && IsIgnored(parameter)), standard, isMember);
    }

    /// <summary>Whether the member of that name is never read.</summary>
    public static bool IsIgnored(ParameterInfo parameter) => MemberOf(parameter)?.GetCustomAttribute<JsonIgnoreAttribute>() is { Condition: JsonIgnoreCondition.Always };

    // The default of an enum parameter is its number.
    private static object? DefaultOf(ParameterInfo parameter) => parameter.DefaultValue is { } value && (Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType) is { IsEnum: true } type
        ? Enum.ToObject(type, value)
        : parameter.DefaultValue;

    private static MemberInfo? MemberOf(ParameterInfo parameter) =>
        parameter.Member.DeclaringType!.GetMember(parameter.Name!, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase).FirstOrDefault();

    // Only what is marked as nullable: code without annotations says nothing.
    private static bool MayBeNull(ParameterInfo parameter)
    {
        lock (s_nullability)
            return s_nullability.Create(parameter).WriteState == NullabilityState.Nullable;
    }
}
