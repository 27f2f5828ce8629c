using System.ComponentModel;
using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

/// <summary>One stored schedule.</summary>
internal abstract class NamedSettings : ServerSettings
{
    [CommandArgument(0, "<NAME>")]
    [Description("The schedule's name, as 'rq cron list' shows it.")]
    public string Name { get; init; } = "";

    /// <exception cref="CronNotFoundException">There is none of that name.</exception>
    public async Task<CronEntry> FindAsync(RqConnection rq, CancellationToken cancellationToken) =>
        await rq.Cron.FindAsync(Name, cancellationToken).ConfigureAwait(false) ?? throw new CronNotFoundException(Name);
}

internal sealed class OneSettings : NamedSettings;
