using System.Globalization;
using System.Text.Json;
using RQ.Scheduling;

namespace RQ.Tool.Cron;

/// <summary>
/// Reads the properties of one object. What cannot be is noted with its line, and reading goes on, so that people are told everything at
/// once. A property that is <c>null</c> counts as left out.
/// </summary>
/// <param name="part">The object.</param>
/// <param name="where">What it is, for messages: <c>schedule 'report'</c>.</param>
/// <param name="problems">Where problems are noted.</param>
internal sealed class JsonFields(JsonPart part, string where, ScheduleProblems problems)
{
    private readonly List<string> _known = [];

    /// <summary>What it is called in messages from now on.</summary>
    public string Where { get; set; } = where;

    public int Line => part.Line;

    public JsonPart? Get(string name)
    {
        _known.Add(name);
        (string Name, int, JsonPart Value) found = part.Properties.FirstOrDefault(property => property.Name == name);
        return found.Value is null or { Kind: JsonTokenType.Null } ? null : found.Value;
    }

    public string? Text(string name)
    {
        JsonPart? value = Get(name);
        if (value is null or { Kind: JsonTokenType.String })
            return value?.Text;
        Refuse(value, $"'{name}' must be a text; it is {value.Shape}.");
        return null;
    }

    public bool Flag(string name)
    {
        JsonPart? value = Get(name);
        if (value is not (null or { Kind: JsonTokenType.True or JsonTokenType.False }))
            Refuse(value, $"'{name}' must be true or false; it is {value.Shape}.");
        return value is { Kind: JsonTokenType.True };
    }

    public int? Whole(string name, int least)
    {
        if (Get(name) is not { } value)
            return null;
        if (value.Kind == JsonTokenType.Number && int.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least)
            return number;
        Refuse(value, $"'{name}' must be a whole number from {least} on; it is {value.Shape}.");
        return null;
    }

    /// <summary>A duration: seconds, RQ's notation (<c>"5m"</c>) or .NET's (<c>"00:05:00"</c>).</summary>
    public TimeSpan? Time(string name, bool allowZero = true, bool allowsInfinite = false) =>
        Get(name) is { } value ? Time(value, name, allowZero, allowsInfinite) : null;

    /// <summary>The same where only whole seconds count.</summary>
    public TimeSpan? Seconds(string name, bool allowZero = true, bool allowsInfinite = false)
    {
        TimeSpan? time = Time(name, allowZero, allowsInfinite);
        if (time is { } given && given != Timeout.InfiniteTimeSpan && given.Ticks % TimeSpan.TicksPerSecond != 0)
            Refuse(Get(name)!, $"'{name}' \"{Get(name)!.Text}\" is no whole number of seconds.");
        return time;
    }

    public TimeSpan? Time(JsonPart value, string name, bool allowZero = true, bool allowsInfinite = false)
    {
        if (value.Kind is not (JsonTokenType.String or JsonTokenType.Number))
        {
            Refuse(value, $"'{name}' must be a time, such as 90, \"5m\" or \"00:05:00\"; it is {value.Shape}.");
            return null;
        }

        try
        {
            TimeSpan? time = value.Text.Contains(':', StringComparison.Ordinal) ? ClockText.Clock(value.Text) : TimeText.Parse(value.Text, $"'{name}'", allowZero: true);
            if (time == Timeout.InfiniteTimeSpan && !allowsInfinite)
                Refuse(value, $"'{name}' must not be negative.");
            else if (time == TimeSpan.Zero && !allowZero)
                Refuse(value, $"'{name}' must be above zero.");
            else if (time is null)
                Refuse(value, $"'{name}' \"{value.Text}\" is no time: write {ClockText.Shape}.");
            return time;
        }
        catch (UsageException exception)
        {
            Refuse(value, exception.Message);
            return null;
        }
    }

    /// <summary>An instant, with its offset.</summary>
    public DateTimeOffset? Instant(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (InstantText.TryParse(text, out DateTimeOffset instant))
            return instant;
        Refuse(Get(name)!, $"'{name}' \"{text}\" is no time with an offset: {InstantText.Shape}.");
        return null;
    }

    /// <summary>One of some words; they are read by a function that throws a <see cref="FormatException"/>.</summary>
    public T? Word<T>(string name, Func<string, T> read)
    {
        if (Get(name) is not { } value)
            return default;
        try
        {
            if (value.Kind is JsonTokenType.String or JsonTokenType.Number)
                return read(value.Text);
            Refuse(value, $"'{name}' must be a text; it is {value.Shape}.");
        }
        catch (FormatException exception)
        {
            Refuse(value, $"'{name}': {exception.Message}");
        }

        return default;
    }

    public IReadOnlyList<JsonPart> Items(string name)
    {
        if (Get(name) is not { } value)
            return [];
        if (value.Kind != JsonTokenType.StartArray)
            Refuse(value, $"'{name}' must be an array, […]; it is {value.Shape}.");
        return value.Items;
    }

    public JsonPart? Object(string name)
    {
        if (Get(name) is not { } value)
            return null;
        if (value.Kind == JsonTokenType.StartObject)
            return value;
        Refuse(value, $"'{name}' must be an object, {{…}}; it is {value.Shape}.");
        return null;
    }

    /// <summary>After all properties were read: notes those that mean nothing, and those that are there twice.</summary>
    public void Finish()
    {
        foreach ((string name, int line, _) in part.Properties.Where(property => !_known.Contains(property.Name)))
            Refuse(line, $"'{name}' is not known. There are: {string.Join(", ", _known.Distinct())}.");
        foreach (IGrouping<string, (string Name, int Line, JsonPart)> twice in part.Properties.GroupBy(property => property.Name).Where(group => group.Count() > 1))
            Refuse(twice.Last().Line, $"'{twice.Key}' is given twice.");
    }

    public void Refuse(JsonPart at, string problem) => Refuse(at.Line, problem);

    public void Refuse(int line, string problem) => problems.Add(line, $"{Where}: {problem}");
}
