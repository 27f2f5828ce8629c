using System.Collections;

namespace RQ.Functions;

/// <summary>Sorts the arguments of a method call into those by position and those by name.</summary>
internal sealed class CallArguments(CalledMethod method)
{
    private readonly List<object?> _positional = new(method.Parameters.Length);
    private OrderedDictionary<string, object?>? _named;

    public IReadOnlyList<object?> Positional => _positional;

    public IReadOnlyDictionary<string, object?> Named => _named ?? (IReadOnlyDictionary<string, object?>)System.Collections.ObjectModel.ReadOnlyDictionary<string, object?>.Empty;

    /// <exception cref="ArgumentException">It cannot be passed as its parameter's attribute says.</exception>
    public void Add(CalledParameter parameter, object? value)
    {
        switch (parameter.Place)
        {
            case ArgumentPlace.Position:
                _positional.Add(value);
                break;
            case ArgumentPlace.Rest:
                _positional.AddRange(((IEnumerable?)value)?.Cast<object?>() ?? []);
                break;
            case ArgumentPlace.Kwargs:
                AddEntries(parameter, value);
                break;
            case ArgumentPlace.Keyword when value is not null || !parameter.OmitsNull:
                AddNamed(parameter.Keyword, value);
                break;
        }
    }

    /// <summary>The same for a description: values that are not to be shown are replaced.</summary>
    public void AddShown(CalledParameter parameter, object? value)
    {
        if (!parameter.IsRedacted)
        {
            Add(parameter, value);
        }
        else if (parameter.Place == ArgumentPlace.Kwargs)
        {
            var entries = new CallArguments(method);
            entries.AddEntries(parameter, value);
            foreach (string name in entries.Named.Keys)
                AddNamed(name, CallText.Redacted);
        }
        else if (parameter.Place != ArgumentPlace.Keyword)
        {
            _positional.Add(CallText.Redacted);
        }
        else if (value is not null || !parameter.OmitsNull)
        {
            AddNamed(parameter.Keyword, CallText.Redacted);
        }
    }

    private void AddEntries(CalledParameter parameter, object? value)
    {
        if (value is null)
            return;
        if (value is IEnumerable<KeyValuePair<string, object?>> pairs)
        {
            foreach ((string name, object? each) in pairs)
                AddNamed(name, each);
        }
        else if (value is IDictionary map)
        {
            foreach (DictionaryEntry entry in map)
                AddNamed(entry.Key as string ?? throw NoDictionary(), entry.Value);
        }
        else
        {
            throw NoDictionary();
        }

        ArgumentException NoDictionary() => new(
            $"The argument '{parameter.Name}' of '{method.Name}' is marked [PythonKwargs], but it is {value.GetType().Name} and no dictionary of names and values.");
    }

    private void AddNamed(string name, object? value)
    {
        _named ??= [];
        if (!_named.TryAdd(name, value))
            throw new ArgumentException($"'{method.Name}' is called with two arguments of the name '{name}'.");
    }
}
