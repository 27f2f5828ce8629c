using System.ComponentModel;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

/// <summary>One stored schedule.</summary>
internal abstract class NamedSettings : ServerSettings
{
    [CommandArgument(0, "[NAME]")]
    [Description("The schedule's name, as 'rq cron list' shows it. One that begins with a dash goes behind '--'.")]
    public string? GivenName { get; init; }

    /// <summary>The schedule's name, wherever it was given.</summary>
    public string Name { get; private set; } = "";

    /// <exception cref="CronNotFoundException">There is none of that name.</exception>
    public async Task<CronEntry> FindAsync(RqConnection rq, CancellationToken cancellationToken) =>
        await rq.Cron.FindAsync(Name, cancellationToken).ConfigureAwait(false) ?? throw new CronNotFoundException(Name);

    /// <param name="rest">What follows <c>--</c>.</param>
    public ValidationResult Take(string[] rest)
    {
        string[] given = GivenName is null ? rest : [GivenName, .. rest];
        Name = given.FirstOrDefault("");
        return given.Length switch
        {
            0 => ValidationResult.Error("NAME is missing: which schedule? 'rq cron list' shows their names."),
            1 when string.IsNullOrWhiteSpace(Name) => ValidationResult.Error("NAME is blank, and no schedule's name is. 'rq cron list' shows them."),
            1 => ValidationResult.Success(),
            _ => ValidationResult.Error($"One NAME is enough; there are {given.Length}: {string.Join(", ", given.Select(name => $"'{name}'"))}."),
        };
    }
}

internal sealed class OneSettings : NamedSettings;

/// <summary>Does something with one stored schedule.</summary>
internal abstract class NamedCommand<TSettings> : AsyncCommand<TSettings>
    where TSettings : NamedSettings
{
    public override ValidationResult Validate(CommandContext context, TSettings settings) => settings.Take(Rest.Of(context));
}
