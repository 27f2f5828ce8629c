namespace RQ;

/// <summary>There is no cron schedule of that name.</summary>
public sealed class CronNotFoundException : RqException
{
    internal CronNotFoundException(string name)
        : base($"There is no cron schedule '{name}'. It may have been removed, or never stored in this Redis database.") => Name = name;

    /// <summary>The name.</summary>
    public string Name { get; }
}
