namespace RQ;

/// <summary>
/// Makes all methods of an interface stubs of the functions of one Python module, see <see cref="PythonFunctionAttribute"/>:
/// <c>CountWordsAsync</c> is <c>count_words</c> of the module unless it says otherwise. Of a class it makes those stubs that are
/// abstract or marked <see cref="PythonFunctionAttribute"/>; a method with code stays one of .NET.
/// </summary>
/// <remarks>
/// A method that is inherited from an interface (or an abstract one from a class) without a module is of the module of the type that it is called on:
/// <c>(IMore more) =&gt; more.FromBase()</c>. One from a type with a module of its own keeps that.
/// </remarks>
[AttributeUsage(AttributeTargets.Interface | AttributeTargets.Class, Inherited = false)]
public sealed class PythonModuleAttribute : Attribute
{
    /// <summary>Names the module.</summary>
    /// <param name="name">As Python imports it, such as <c>"my_package.my_module"</c>.</param>
    public PythonModuleAttribute(string name) => Name = name;

    /// <summary>The module's name.</summary>
    public string Name { get; }
}
