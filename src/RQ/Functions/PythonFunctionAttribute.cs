namespace RQ;

/// <summary>
/// Makes a method the stub of a Python function: enqueued by a lambda it is stored as a call of that function, which a Python
/// worker runs. The method itself is never run, so it needs no body: a method of an interface, an abstract one, or a static one
/// that throws. A job's result is of the method's type, without its <see cref="Task"/>. A <see cref="JobAttribute"/> beside it sets
/// options and the queue.
/// <code>
/// public interface ITexts
/// {
///     [PythonFunction("texts.count_words")]
///     int CountWords(string url, [PythonKeyword] string? language);
/// }
///
/// Job&lt;int&gt; job = await queue.EnqueueAsync((ITexts texts) =&gt; texts.CountWords(url, "en"));
/// </code>
/// </summary>
/// <remarks>
/// A <c>params</c> array or collection is spread into positional arguments, as Python's <c>*args</c>. A <see cref="CancellationToken"/> or
/// <see cref="JobContext"/> is left out. Overloads and generic methods are fine: all of them name one Python function.
/// The override of an abstract stub is a method of its own and no stub, so it may be a job that is run here.
/// </remarks>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class PythonFunctionAttribute : Attribute
{
    /// <summary>The function is named as the method, in Python's way: <c>CountWordsAsync</c> is <c>count_words</c>. Its type names the module, with <see cref="PythonModuleAttribute"/>.</summary>
    public PythonFunctionAttribute()
    {
    }

    /// <summary>The function has the name given.</summary>
    /// <param name="name">With its module, <c>"my_package.my_module.my_function"</c>; or without a dot, then the type names the module, with <see cref="PythonModuleAttribute"/>.</param>
    public PythonFunctionAttribute(string name) => Name = name;

    /// <summary>The name; <c>null</c> for the method's.</summary>
    public string? Name { get; }

    /// <summary>Whether all arguments are passed by name, as if each parameter were marked <see cref="PythonKeywordAttribute"/>. Default: <c>false</c>.</summary>
    public bool ByKeyword { get; set; }
}
