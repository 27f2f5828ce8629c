using System.Reflection;
using System.Text.Json.Serialization;

namespace RQ.Serialization;

/// <summary>Enums are stored by name; values without one by their number, in a text.</summary>
internal static class EnumText
{
    public static Func<object, int, object?> Of(Type type)
    {
        if (type.IsDefined(typeof(JsonConverterAttribute), inherit: false))
            return (value, _) => DataShape.Json(value, type, DataContracts.OwnConverterOptions);
        var renamed = type.GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (field.Name, Text: field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name))
            .Where(field => field.Text is not null).ToDictionary(field => field.Name, field => field.Text!);
        return renamed.Count == 0
            ? (value, _) => value.ToString()
            : (value, _) => string.Join(", ", value.ToString()!.Split(", ").Select(name => renamed.GetValueOrDefault(name, name)));
    }
}
