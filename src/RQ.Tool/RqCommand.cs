using RQ.Tool.Enqueueing;
using RQ.Tool.Info;
using RQ.Tool.Servers;
using RQ.Tool.Workers;
using RQ.Workers;
using Spectre.Console.Cli;

namespace RQ.Tool;

/// <summary>The <c>rq</c> command: its subcommands, their examples, and what becomes of errors.</summary>
internal static class RqCommand
{
    /// <returns>The exit code: 0 all is well, 1 it went wrong, 2 it was called wrongly.</returns>
    public static async Task<int> RunAsync(string[] commandLine)
    {
        (string[] arguments, string[] rest) = Rest.Split(commandLine);
        var app = new CommandApp();
        app.Configure(rq => Configure(rq, rest));
        return await app.RunAsync(arguments).ConfigureAwait(false);
    }

    private static void Configure(IConfigurator rq, string[] rest)
    {
        rq.SetApplicationName("rq");
        rq.SetApplicationVersion(Registration.Version);
        rq.UseStrictParsing();
        rq.SetExceptionHandler((exception, _) => Failure.Report(exception));

        rq.AddCommand<WorkerCommand>("worker")
            .WithData(rest)
            .WithDescription("Takes jobs from queues and runs them, until it is told to stop.")
            .WithExample("worker", "--assembly", "bin/Release/net10.0/Shop.dll", "high", "default")
            .WithExample("worker", "-u", "embedded:path=./data", "--assembly", "Shop.dll", "--burst");
        rq.AddCommand<EnqueueCommand>("enqueue")
            .WithData(rest)
            .WithDescription(
                "Puts a call on a queue. Arguments are texts, or :JSON, or %PYTHON-LITERAL; NAME=TEXT, NAME:=JSON and NAME%=LITERAL pass them by name; a value @FILE is read from the file.")
            .WithExample("enqueue", "Shop.Orders.Send", ":17", "express:=true")
            .WithExample("enqueue", "-q", "high", "--timeout", "1h", "my_module.count_words", "@page.txt");
        rq.AddCommand<InfoCommand>("info")
            .WithData(rest)
            .WithDescription("Shows queues and workers.")
            .WithExample("info", "--interval", "1")
            .WithExample("info", "--raw", "default");
        rq.AddCommand<ServerCommand>("server")
            .WithDescription("Runs the embedded server alone, for workers and producers on this machine.")
            .WithExample("server", "--path", "./data");
    }
}
