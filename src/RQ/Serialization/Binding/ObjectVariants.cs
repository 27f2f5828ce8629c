using System.Collections;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace RQ.Serialization;

/// <summary>The derived types of a polymorphic type, chosen by a value in the data: <c>{"$type": "circle", …}</c>.</summary>
internal sealed class ObjectVariants(JsonPolymorphismOptions options)
{
    /// <summary>The type that the data names; <c>null</c> when it names none.</summary>
    public Type? Of(IDictionary map, Type type)
    {
        if (map[options.TypeDiscriminatorPropertyName] is not { } given)
            return null;
        foreach (JsonDerivedType derived in options.DerivedTypes)
        {
            if (derived.TypeDiscriminator is string text ? text.Equals(given) : derived.TypeDiscriminator is int number && given is long whole && whole == number)
                return derived.DerivedType;
        }

        return options.IgnoreUnrecognizedTypeDiscriminators
            ? null
            : throw new FormatException($"{DataKind.Show(given)} in '{options.TypeDiscriminatorPropertyName}' names no type derived from {DataKind.Name(type)}.");
    }
}
