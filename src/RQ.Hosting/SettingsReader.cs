using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace RQ;

/// <summary>
/// Reads a section into an options object, and refuses what the configuration binder would let pass: names that mean nothing, plain
/// values where there are lists or groups, and plain numbers and more than 23 hours as times, which .NET takes for days.
/// </summary>
internal static class SettingsReader
{
    /// <summary>A larger number is a mistyped one, and no time span at all.</summary>
    private const int LongestTime = 100_000_000;

    /// <param name="section">The section; one that is not there changes nothing.</param>
    /// <param name="options">What to fill. A list or dictionary in the section replaces the one that is there.</param>
    /// <param name="sections">Names in the section that are read elsewhere.</param>
    /// <exception cref="OptionsValidationException">A name or value cannot be; the message has its full key.</exception>
    public static void Read<T>(IConfigurationSection section, T options, params ReadOnlySpan<string> sections)
        where T : class
    {
        var problems = new List<string>();
        // The root is left out: a variable of the environment that has nothing to do with it may have its name.
        if (sections.IsEmpty && HasValue(section))
            problems.Add(NoGroup(section, typeof(T)));
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
        PropertyInfo[] settings = Settings(type);
        foreach (IConfigurationSection child in section.GetChildren())
        {
            PropertyInfo? setting = Array.Find(settings, each => each.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            if (setting is null)
            {
                if (!sections.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                    problems.Add($"'{child.Path}' is not a setting. There are: {string.Join(", ", settings.Select(each => each.Name).Concat(sections.ToArray()))}. Everything else is set in code.");
                else if (HasValue(child))
                    problems.Add(NoGroup(child, null));
            }
            else if (HasValue(child) && PlainValue(child, setting.PropertyType) is { } plain)
            {
                problems.Add(plain);
            }
            else if (IsGroup(setting.PropertyType))
            {
                Check(child, setting.PropertyType, null, [], problems);
            }
            else if (IsTime(setting.PropertyType) && double.TryParse(child.Value, CultureInfo.InvariantCulture, out double number))
            {
                problems.Add($"'{child.Path}' is '{child.Value}', which means days. Write a time as 'hh:mm:ss'{WrittenOut(number, setting.PropertyType)}.");
            }
            else if (IsTime(setting.PropertyType) && ManyHours(child.Value) is { } hours)
            {
                problems.Add($"'{child.Path}' is '{child.Value}', which means {hours} days. Write days in front: {hours} hours are '{TimeSpan.FromHours(hours):c}'.");
            }
            else if (options is not null && setting.GetValue(options) is IDictionary<string, int> { Count: > 0 } numbers)
            {
                numbers.Clear();
            }
            else if (options is not null && setting.GetValue(options) is IList<string> { Count: > 0 } && setting.CanWrite)
            {
                // The binder would add to what is there.
                setting.SetValue(options, new List<string>());
            }
        }
    }

    // An empty one is how a JSON file's empty list comes.
    private static bool HasValue(IConfigurationSection section) => !string.IsNullOrEmpty(section.Value);

    /// <summary>What is wrong with a plain value for something that has parts; <c>null</c> when it has none.</summary>
    private static string? PlainValue(IConfigurationSection section, Type type)
    {
        if (type == typeof(IList<string>))
            return $"'{section.Path}' is '{section.Value}', but it is a list. Number what is in it: '{section.Path}:0', in the environment {Variable(section, "0")}={section.Value}.";
        if (type == typeof(IDictionary<string, int>))
            return $"'{section.Path}' is '{section.Value}', but it has a number for each name: '{section.Path}:NAME', in the environment {Variable(section, "NAME")}=1.";
        return IsGroup(type) ? NoGroup(section, type) : null;
    }

    // Its value is not shown: where settings belong somebody may have put an address with a password.
    private static string NoGroup(IConfigurationSection section, Type? type)
    {
        string[] parts = type is null ? [] : [.. Settings(type).Select(setting => setting.Name)];
        string example = parts.FirstOrDefault("…");
        return $"'{section.Path}' has a value, but it is a group of settings: write them as '{section.Path}:{example}', in the environment {Variable(section, example)}."
            + (parts.Length > 0 ? $" There are: {string.Join(", ", parts)}." : "");
    }

    private static string Variable(IConfigurationSection section, string part) => $"{section.Path.Replace(":", "__", StringComparison.Ordinal)}__{part}";

    /// <summary>How a time is written that was given as a plain number, of seconds presumably; -1 is no limit elsewhere.</summary>
    private static string WrittenOut(double seconds, Type type) =>
        Math.Abs(seconds) > LongestTime ? ""
        : seconds >= 0 ? $"; {seconds.ToString(CultureInfo.InvariantCulture)} seconds are '{TimeSpan.FromSeconds(seconds):c}'"
        : Nullable.GetUnderlyingType(type) is null ? "; where there may be no limit, '-00:00:00.001' means that"
        : ", or leave it out for no limit";

    /// <summary>The hours of <c>hh:mm:ss</c> when they are more than a day has: .NET takes them for days.</summary>
    private static int? ManyHours(string? text) =>
        text is not null && text.Count(':') == 2 && int.TryParse(text.AsSpan(0, text.IndexOf(':', StringComparison.Ordinal)), NumberStyles.None, CultureInfo.InvariantCulture, out int hours) && hours is > 23 and < LongestTime
            ? hours
            : null;

    private static PropertyInfo[] Settings(Type type) => [.. type.GetProperties().Where(property => IsSetting(property.PropertyType))];

    private static bool IsSetting(Type type)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain.IsPrimitive || plain.IsEnum || plain == typeof(string) || plain == typeof(TimeSpan)
            || plain == typeof(IList<string>) || plain == typeof(IDictionary<string, int>) || IsGroup(plain);
    }

    private static bool IsGroup(Type type) => type == typeof(WorkHorseOptions) || type == typeof(EnqueueDurability);

    private static bool IsTime(Type type) => (Nullable.GetUnderlyingType(type) ?? type) == typeof(TimeSpan);
}
