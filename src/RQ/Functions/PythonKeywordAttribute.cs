namespace RQ;

/// <summary>
/// Makes an argument one that is passed by name: of the stub of a Python function (<see cref="PythonFunctionAttribute"/>), and of a
/// .NET function, where it then takes no positional argument, like the parameters behind <c>*</c> in Python.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class PythonKeywordAttribute : Attribute
{
    /// <summary>It is named as the parameter is, in Python's way: <c>userId</c> is <c>user_id</c>.</summary>
    public PythonKeywordAttribute()
    {
    }

    /// <summary>It has the name given.</summary>
    /// <param name="name">As Python calls it, such as <c>"from_"</c>.</param>
    public PythonKeywordAttribute(string name) => Name = name;

    /// <summary>The name; <c>null</c> for the parameter's.</summary>
    public string? Name { get; }

    /// <summary>Whether it is left out of the call when it is <c>null</c>, so that the function's own default counts. Default: <c>false</c>, <c>None</c> is passed.</summary>
    public bool OmitNull { get; set; }
}
