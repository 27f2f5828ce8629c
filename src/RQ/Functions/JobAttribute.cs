namespace RQ;

/// <summary>
/// Marks a method that may be run as a job: workers call it by its name even if its assembly was not handed to them as a
/// job assembly.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class JobAttribute : Attribute
{
    /// <summary>The method is called by its own name, <c>Namespace.Type.Method</c>.</summary>
    public JobAttribute()
    {
    }

    /// <summary>The method is called by another name.</summary>
    /// <param name="name">For example <c>"my_module.count_words_at_url"</c>, so that Python producers find it.</param>
    public JobAttribute(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
    }

    /// <summary>The name that enqueued calls carry; <c>null</c> for the method's own.</summary>
    public string? Name { get; }

    /// <summary>Further names by which the method is found, such as those it had before. Default: none.</summary>
    public string[] Aliases { get; set; } = [];
}
