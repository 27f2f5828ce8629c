using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace RQ;

/// <summary>
/// Reads a section into an options object, and refuses what the configuration binder would let pass: names that mean nothing, and
/// plain numbers as times, which .NET takes for days.
/// </summary>
internal static class SettingsReader
{
    /// <param name="section">The section; one that is not there changes nothing.</param>
    /// <param name="options">What to fill. A list or dictionary in the section replaces the one that is there.</param>
    /// <param name="sections">Names in the section that are read elsewhere.</param>
    /// <exception cref="OptionsValidationException">A name or value cannot be; the message has its full key.</exception>
    public static void Read<T>(IConfigurationSection section, T options, params ReadOnlySpan<string> sections)
        where T : class
    {
        var problems = new List<string>();
        Check(section, typeof(T), options, sections, problems);
        if (problems.Count > 0)
            throw new OptionsValidationException(section.Path, typeof(T), problems);
        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException exception)
        {
            // The binder's text has the full key and the wanted type.
            throw new OptionsValidationException(section.Path, typeof(T), [exception.Message]);
        }
    }

    private static void Check(IConfiguration section, Type type, object? options, ReadOnlySpan<string> sections, List<string> problems)
    {
        PropertyInfo[] settings = [.. type.GetProperties().Where(property => IsSetting(property.PropertyType))];
        foreach (IConfigurationSection child in section.GetChildren())
        {
            PropertyInfo? setting = Array.Find(settings, each => each.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            if (setting is null)
            {
                if (!sections.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                    problems.Add($"'{child.Path}' is not a setting. There are: {string.Join(", ", settings.Select(each => each.Name).Concat(sections.ToArray()))}. Everything else is set in code.");
            }
            else if (IsGroup(setting.PropertyType))
            {
                Check(child, setting.PropertyType, null, [], problems);
            }
            else if (IsTime(setting.PropertyType) && double.TryParse(child.Value, CultureInfo.InvariantCulture, out double number))
            {
                problems.Add($"'{child.Path}' is '{child.Value}', which means days. Write a time as 'hh:mm:ss'; {child.Value} seconds are '{TimeSpan.FromSeconds(number):c}'.");
            }
            else if (options is not null && setting.GetValue(options) is IList<string> { Count: > 0 } && setting.CanWrite)
            {
                // The binder would add to what is there.
                setting.SetValue(options, new List<string>());
            }
        }
    }

    private static bool IsSetting(Type type)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain.IsPrimitive || plain.IsEnum || plain == typeof(string) || plain == typeof(TimeSpan)
            || plain == typeof(IList<string>) || plain == typeof(IDictionary<string, int>) || IsGroup(plain);
    }

    private static bool IsGroup(Type type) => type == typeof(WorkHorseOptions);

    private static bool IsTime(Type type) => (Nullable.GetUnderlyingType(type) ?? type) == typeof(TimeSpan);
}
