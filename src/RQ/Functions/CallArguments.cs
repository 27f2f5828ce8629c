using System.Collections;
using System.Reflection;

namespace RQ.Functions;

/// <summary>Sorts the arguments of a method call into those by position and those by name.</summary>
internal sealed class CallArguments(MethodInfo method)
{
    private readonly bool _isStub = PythonStub.Is(method);
    private readonly bool _byKeyword = PythonStub.MarkOf(method)?.ByKeyword ?? false;
    private readonly List<object?> _positional = [];
    private OrderedDictionary<string, object?>? _named;

    public IReadOnlyList<object?> Positional => _positional;

    public IReadOnlyDictionary<string, object?> Named => _named ?? (IReadOnlyDictionary<string, object?>)System.Collections.ObjectModel.ReadOnlyDictionary<string, object?>.Empty;

    /// <exception cref="ArgumentException">It cannot be passed as its parameter's attribute says.</exception>
    public void Add(ParameterInfo parameter, object? value)
    {
        var keyword = parameter.GetCustomAttribute<PythonKeywordAttribute>();
        if (JobMethod.IsKwargs(parameter))
            AddEntries(parameter, value);
        else if (_isStub && JobMethod.IsRest(parameter))
            _positional.AddRange(((IEnumerable?)value)?.Cast<object?>() ?? []);
        else if (keyword is null && !_byKeyword)
            _positional.Add(value);
        else if (value is not null || keyword is not { OmitNull: true })
            AddNamed(keyword?.Name ?? PythonStub.InSnakeCase(parameter.Name!), value);
    }

    private void AddEntries(ParameterInfo parameter, object? value)
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
            $"The argument '{parameter.Name}' of '{JobMethod.NameOf(method)}' is marked [PythonKwargs], but it is {value.GetType().Name} and no dictionary of names and values.");
    }

    private void AddNamed(string name, object? value)
    {
        _named ??= [];
        if (!_named.TryAdd(name, value))
            throw new ArgumentException($"'{JobMethod.NameOf(method)}' is called with two arguments of the name '{name}'.");
    }
}
