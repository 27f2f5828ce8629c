using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace RQ.Serialization;

/// <summary>
/// How classes, records and structs are shaped: their members, names and constructors are those that System.Text.Json sees, so its
/// attributes count. The values of the members are data of their own kinds, not JSON.
/// </summary>
internal static class DataContracts
{
    /// <summary>Also for what is left to JSON: types and members with a converter.</summary>
    public static JsonSerializerOptions Options { get; } = MakeOptions(withEnums: true);

    /// <summary>For enums that choose their converter themselves.</summary>
    public static JsonSerializerOptions OwnConverterOptions { get; } = MakeOptions(withEnums: false);

    /// <exception cref="NotSupportedException">System.Text.Json has no notion of the type.</exception>
    /// <exception cref="InvalidOperationException">The type's attributes or members contradict each other.</exception>
    public static JsonTypeInfo Of(Type type) => Options.GetTypeInfo(type);

    /// <summary>Whether a converter of the type's own decides what it looks like. Types of the framework are asked only when nothing else is known of them.</summary>
    public static bool HasConverter(Type type) => !IsOfFramework(type) && Of(type).Kind == JsonTypeInfoKind.None;

    public static bool IsOfFramework(Type type) =>
        type.Namespace is { } name && (name == "System" || name.StartsWith("System.", StringComparison.Ordinal));

    /// <summary>
    /// How a member is written and read when a converter or another notation of numbers is asked for; <c>null</c> for a member that is
    /// plain data. The converter is for that member alone: what it passes on to System.Text.Json, it is not asked about again.
    /// </summary>
    public static JsonTypeInfo? JsonOf(JsonPropertyInfo member, JsonTypeInfo owner)
    {
        if (member.CustomConverter is { } converter)
            return ((IMemberJson)Activator.CreateInstance(typeof(MemberJson<>).MakeGenericType(member.PropertyType))!).Of(converter);
        if ((member.NumberHandling ?? owner.NumberHandling) is not { } numbers)
            return null;
        var options = new JsonSerializerOptions(Options) { NumberHandling = numbers };
        options.MakeReadOnly(populateMissingResolver: true);
        return options.GetTypeInfo(member.PropertyType);
    }

    /// <summary>The name and text by which a base type or interface that is declared polymorphic knows the type; <c>null</c> when none does.</summary>
    public static (string Name, object Text)? DiscriminatorOf(Type type)
    {
        for (Type? parent = type; parent is not null && parent != typeof(object); parent = parent.BaseType)
        {
            if (DiscriminatorIn(parent, type) is { } found)
                return found;
        }

        return type.GetInterfaces().Select(parent => DiscriminatorIn(parent, type)).FirstOrDefault(found => found is not null);
    }

    private static (string Name, object Text)? DiscriminatorIn(Type parent, Type type) =>
        parent.IsDefined(typeof(JsonDerivedTypeAttribute), inherit: false) && Of(parent).PolymorphismOptions is { } options
        && options.DerivedTypes.FirstOrDefault(derived => derived.DerivedType == type).TypeDiscriminator is { } text
            ? (options.TypeDiscriminatorPropertyName, text)
            : null;

    /// <summary>The closed form of a generic interface that the type is or has.</summary>
    public static Type? Implements(Type type, Type generic) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == generic
            ? type
            : Array.Find(type.GetInterfaces(), contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == generic);

    /// <summary>The member's name in C#.</summary>
    public static string? MemberName(JsonPropertyInfo member) => (member.AttributeProvider as MemberInfo)?.Name;

    private static JsonSerializerOptions MakeOptions(bool withEnums)
    {
        var options = new JsonSerializerOptions
        {
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            IncludeFields = true,
            PropertyNameCaseInsensitive = true,
            MaxDepth = 256,
        };
        if (withEnums)
            options.Converters.Add(new JsonStringEnumConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private interface IMemberJson
    {
        JsonTypeInfo Of(JsonConverter converter);
    }

    private sealed class MemberJson<T> : IMemberJson
    {
        public JsonTypeInfo Of(JsonConverter converter)
        {
            JsonTypeInfo json = JsonMetadataServices.CreateValueInfo<T>(Options, converter is JsonConverterFactory factory ? factory.CreateConverter(typeof(T), Options)! : converter);
            // The converter decides, not the attributes of the type.
            json.PolymorphismOptions = null;
            return json;
        }
    }
}
