namespace RQ;

/// <summary>
/// Where a host's queues are. Read from the section <c>Rq</c> of the configuration, then changed by what <c>AddRq</c> is given;
/// checked when the host starts.
/// </summary>
public sealed class RqOptions : RqConnectionOptions
{
    /// <summary>
    /// The server's address, in a shape that <see cref="RqConnection.ConnectAsync(string, RqConnectionOptions?, CancellationToken)"/>
    /// reads, such as <c>redis://localhost:6379/0</c>. Must be set, unless <see cref="RqBuilder.UseConnection"/> makes the connection.
    /// </summary>
    public string? Url { get; set; }

    /// <summary>
    /// What the host's cron schedules (<c>AddCron</c> and the section <c>Rq:Cron</c>) are known by together in Redis: the first argument of
    /// <see cref="CronSchedules.ReplaceAsync"/>. Programs of one application name that add different schedules need different ones. Default:
    /// <c>host:</c> and the host's application name.
    /// </summary>
    public string? CronSource { get; set; }
}
