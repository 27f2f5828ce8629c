namespace RQ;

/// <summary>
/// Makes all methods of an interface or class stubs of the functions of one Python module, see <see cref="PythonFunctionAttribute"/>:
/// <c>CountWordsAsync</c> is <c>count_words</c> of the module unless it says otherwise.
/// </summary>
[AttributeUsage(AttributeTargets.Interface | AttributeTargets.Class, Inherited = false)]
public sealed class PythonModuleAttribute : Attribute
{
    /// <summary>Names the module.</summary>
    /// <param name="name">As Python imports it, such as <c>"my_package.my_module"</c>.</param>
    public PythonModuleAttribute(string name) => Name = name;

    /// <summary>The module's name.</summary>
    public string Name { get; }
}
