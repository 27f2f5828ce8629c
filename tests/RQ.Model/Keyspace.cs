using System.Globalization;

namespace RQ.Model;

/// <summary>What a key holds.</summary>
internal enum Kind
{
    Text,
    List,
    Set,
    Sorted,
    Hash,
    Stream,
}

/// <summary>One key: what it holds, and until when.</summary>
internal sealed class Entry(Kind kind)
{
    public Kind Kind { get; } = kind;

    /// <summary>When it expires, µs; <c>null</c> for never.</summary>
    public long? Expires { get; set; }

    public string Text { get; set; } = "";

    /// <summary>Of a list its elements, the head first; of a stream one text per entry.</summary>
    public List<string> Elements { get; } = [];

    /// <summary>Members and scores; of a plain set all scores are 0.</summary>
    public Dictionary<string, double> Members { get; } = [];

    public Dictionary<string, string> Fields { get; } = [];

    public bool IsEmpty => Kind != Kind.Text && Elements.Count + Members.Count + Fields.Count == 0;

    /// <summary>Members in the server's order: by score, then by name.</summary>
    public IEnumerable<string> InOrder => Members.OrderBy(member => member.Value).ThenBy(member => member.Key, StringComparer.Ordinal).Select(member => member.Key);
}

/// <summary>
/// Everything under one prefix, keys without it. Both what the model expects and what was read from the server have this form, so that they
/// can be compared key by key. As on the server, a key that holds nothing is not there.
/// </summary>
internal sealed class Keyspace
{
    public Dictionary<string, Entry> Entries { get; } = [];

    /// <summary>The time, µs.</summary>
    public long Now { get; set; }

    public double Seconds => Now / 1_000_000.0;

    public long WholeSeconds => Now / 1_000_000;

    public long WholeMilliseconds => Now / 1_000;

    public Entry? this[string key] => Entries.GetValueOrDefault(key);

    public bool Exists(string key) => Entries.ContainsKey(key);

    public void Delete(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
            Entries.Remove(key);
    }

    public void Expire(string key, double seconds)
    {
        if (Entries.TryGetValue(key, out Entry? entry))
            entry.Expires = Now + (long)(seconds * 1_000_000);
    }

    /// <returns>Whether it would have expired.</returns>
    public bool Persist(string key)
    {
        if (!Entries.TryGetValue(key, out Entry? entry) || entry.Expires is null)
            return false;
        entry.Expires = null;
        return true;
    }

    /// <summary>Redis's TTL: whole seconds; −1 for never, −2 for no such key.</summary>
    public long TimeToLive(string key) =>
        !Entries.TryGetValue(key, out Entry? entry) ? -2 : entry.Expires is { } at ? (at - Now + 500_000) / 1_000_000 : -1;

    /// <summary>The keys whose time is over vanish.</summary>
    public void DropExpired()
    {
        foreach (string key in Entries.Where(entry => entry.Value.Expires <= Now).Select(entry => entry.Key).ToArray())
            Entries.Remove(key);
    }

    public string? Field(string key, string field) => this[key]?.Fields.GetValueOrDefault(field);

    public void SetFields(string key, params ReadOnlySpan<string> fieldsAndValues)
    {
        Entry entry = Open(key, Kind.Hash);
        for (int i = 0; i < fieldsAndValues.Length; i += 2)
            entry.Fields[fieldsAndValues[i]] = fieldsAndValues[i + 1];
    }

    public void DropFields(string key, params ReadOnlySpan<string> fields)
    {
        foreach (string field in fields)
            this[key]?.Fields.Remove(field);
        DropEmpty(key);
    }

    public void Increase(string key, string field) =>
        SetFields(key, field, ((long.TryParse(Field(key, field), CultureInfo.InvariantCulture, out long number) ? number : 0) + 1).ToString(CultureInfo.InvariantCulture));

    public double? Score(string key, string member) => this[key]?.Members is { } members && members.TryGetValue(member, out double score) ? score : null;

    public bool Contains(string key, string member) => this[key]?.Members.ContainsKey(member) == true;

    public IReadOnlyList<string> MembersOf(string key) => this[key] is { } entry ? [.. entry.InOrder] : [];

    public int Count(string key) => this[key] is { } entry ? entry.Members.Count + entry.Elements.Count + entry.Fields.Count : 0;

    public void AddSorted(string key, double score, string member) => Open(key, Kind.Sorted).Members[member] = score;

    public void AddToSet(string key, string member) => Open(key, Kind.Set).Members[member] = 0;

    /// <returns>Whether it was there.</returns>
    public bool Remove(string key, params ReadOnlySpan<string> members)
    {
        bool removed = false;
        foreach (string member in members)
            removed |= this[key]?.Members.Remove(member) == true;
        DropEmpty(key);
        return removed;
    }

    public IReadOnlyList<string> ListOf(string key) => this[key] is { } entry ? [.. entry.Elements] : [];

    public void Push(string key, string element, bool toHead)
    {
        List<string> list = Open(key, Kind.List).Elements;
        list.Insert(toHead ? 0 : list.Count, element);
    }

    public string? Pop(string key, bool fromHead = true)
    {
        if (this[key]?.Elements is not { Count: > 0 } list)
            return null;
        int at = fromHead ? 0 : list.Count - 1;
        string element = list[at];
        list.RemoveAt(at);
        DropEmpty(key);
        return element;
    }

    /// <param name="key">The list.</param>
    /// <param name="element">What goes.</param>
    /// <param name="most">How many of them, from the head; 0 for all.</param>
    /// <returns>How many there were.</returns>
    public int RemoveFromList(string key, string element, int most = 0)
    {
        int removed = 0;
        while (this[key]?.Elements.IndexOf(element) is { } at and >= 0 && (most == 0 || removed < most))
        {
            this[key]!.Elements.RemoveAt(at);
            removed++;
        }

        DropEmpty(key);
        return removed;
    }

    public void SetText(string key, string text, double? seconds)
    {
        Entries[key] = new Entry(Kind.Text) { Text = text };
        if (seconds is { } time)
            Expire(key, time);
    }

    public void Append(string key, string entry) => Open(key, Kind.Stream).Elements.Add(entry);

    private Entry Open(string key, Kind kind)
    {
        if (!Entries.TryGetValue(key, out Entry? entry))
            Entries[key] = entry = new Entry(kind);
        return entry.Kind == kind ? entry : throw new InvalidOperationException($"{key} is a {entry.Kind} and no {kind}.");
    }

    private void DropEmpty(string key)
    {
        if (this[key]?.IsEmpty == true)
            Entries.Remove(key);
    }
}
