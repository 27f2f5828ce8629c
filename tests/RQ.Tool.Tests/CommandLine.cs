using Spectre.Console.Cli;

namespace RQ.Tool.Tests;

/// <summary>What a command line means to a command, without running it.</summary>
internal static class CommandLine
{
    /// <exception cref="CommandAppException">The command line cannot be.</exception>
    public static T Read<T>(params string[] arguments)
        where T : CommandSettings
    {
        T? read = null;
        var app = new CommandApp<Reader<T>>();
        app.Configure(configuration =>
        {
            configuration.UseStrictParsing();
            configuration.PropagateExceptions();
        });
        app.WithData(new Action<T>(settings => read = settings));
        app.Run(RqCommand.WithLongNames(arguments));
        return read!;
    }

    private sealed class Reader<T> : Command<T>
        where T : CommandSettings
    {
        public override int Execute(CommandContext context, T settings, CancellationToken cancellationToken)
        {
            ((Action<T>)context.Data!)(settings);
            return 0;
        }
    }
}
