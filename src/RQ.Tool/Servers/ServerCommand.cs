using System.ComponentModel;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool.Servers;

internal sealed class ServerCommandSettings : CommandSettings
{
    [CommandOption("--path <DIR>")]
    [Description("Where the data is kept; made when missing.")]
    [DefaultValue("rq-data")]
    public string Path { get; init; } = "rq-data";

    [CommandOption("--port <N>")]
    [Description("The port on 127.0.0.1. Default: the one the directory had last, else any free one.")]
    [DefaultValue(0)]
    public int Port { get; init; }

    public override ValidationResult Validate()
    {
        if (string.IsNullOrWhiteSpace(Path))
            return ValidationResult.Error("--path must name a directory.");
        if (Port is < 0 or > 65535)
            return ValidationResult.Error("--port must be from 1 to 65535, or 0 for any free one.");
        return ValidationResult.Success();
    }
}

internal sealed class ServerCommand : AsyncCommand<ServerCommandSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ServerCommandSettings settings, CancellationToken cancellationToken)
    {
        Rest.Refuse(context);
        await ServerProcess.RunAsync(settings.Path, settings.Port).ConfigureAwait(false);
        return 0;
    }
}
