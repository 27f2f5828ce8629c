namespace RQ;

/// <summary>
/// Makes a dictionary of names and values Python's <c>**kwargs</c>. In the stub of a Python function its entries are passed as
/// arguments by name; a .NET function gets in it what a call has by name and what no other parameter is called.
/// The parameter is an <see cref="IReadOnlyDictionary{TKey, TValue}"/> (or another dictionary) with <see cref="string"/> keys.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class PythonKwargsAttribute : Attribute;
