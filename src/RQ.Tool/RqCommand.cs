using RQ.Tool.Control;
using RQ.Tool.Cron;
using RQ.Tool.Enqueueing;
using RQ.Tool.Info;
using RQ.Tool.Queues;
using RQ.Tool.Schedulers;
using RQ.Tool.Servers;
using RQ.Tool.WorkerPools;
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
        if (CronCommands.Problem(arguments, rest) is { } problem)
            return Failure.Report(new UsageException(problem));
        var app = new CommandApp();
        app.Configure(rq => Configure(rq, rest));
        return await app.RunAsync(CronCommands.WithName(WithLongNames(arguments), rest)).ConfigureAwait(false);
    }

    /// <summary>RQ has one short option of two letters, which the command line library does not know.</summary>
    internal static string[] WithLongNames(string[] arguments) =>
        Array.ConvertAll(arguments, argument => argument == "-ds" || argument.StartsWith("-ds=", StringComparison.Ordinal) ? $"--dequeue-strategy{argument[3..]}" : argument);

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
        rq.AddCommand<WorkerPoolCommand>("worker-pool")
            .WithData(rest)
            .WithDescription("Runs several workers and replaces those that end, until it is told to stop.")
            .WithExample("worker-pool", "-n", "4", "--assembly", "Shop.dll", "high", "default");
        rq.AddCommand<EnqueueCommand>("enqueue")
            .WithData(rest)
            .WithDescription(
                "Puts a call on a queue. Arguments are texts, or :JSON, or %PYTHON-LITERAL; NAME=TEXT, NAME:=JSON and NAME%=LITERAL pass them by name; a value @FILE is read from the file.")
            .WithExample("enqueue", "Shop.Orders.Send", ":17", "express:=true")
            .WithExample("enqueue", "-q", "high", "--timeout", "1h", "my_module.count_words", "@page.txt");
        rq.AddCommand<SchedulerCommand>("scheduler")
            .WithData(rest)
            .WithDescription("Moves scheduled jobs to their queues when they are due, and runs the cron schedules, without a worker, until it is told to stop.")
            .WithExample("scheduler")
            .WithExample("scheduler", "high", "default");
        CronCommands.Add(rq, rest);
        rq.AddCommand<EmptyCommand>("empty")
            .WithData(rest)
            .WithDescription("Deletes the jobs that wait on queues.")
            .WithExample("empty", "low");
        rq.AddCommand<RequeueCommand>("requeue")
            .WithData(rest)
            .WithDescription("Puts failed jobs back on their queue.")
            .WithExample("requeue", "--queue", "high", "--all");
        rq.AddCommand<InfoCommand>("info")
            .WithData(rest)
            .WithDescription("Shows queues and workers.")
            .WithExample("info", "--interval", "1")
            .WithExample("info", "--raw", "default");
        rq.AddCommand<SuspendCommand>("suspend")
            .WithData(rest)
            .WithDescription("Lets all workers take no more jobs; what runs goes on.")
            .WithExample("suspend", "--duration", "10m");
        rq.AddCommand<ResumeCommand>("resume")
            .WithData(rest)
            .WithDescription("Lets suspended workers go on.");
        rq.AddCommand<StopCommand>("stop")
            .WithData(rest)
            .WithDescription("Stops a job that runs.");
        rq.AddCommand<ShutdownCommand>("shutdown")
            .WithData(rest)
            .WithDescription("Tells a worker to finish its jobs and end.");
        rq.AddCommand<KillHorseCommand>("kill-horse")
            .WithData(rest)
            .WithDescription("Kills the work horse of a worker; the job that it runs fails.");
        rq.AddCommand<ServerCommand>("server")
            .WithData(rest)
            .WithDescription("Runs the embedded server alone, for workers and producers on this machine.")
            .WithExample("server", "--path", "./data");
    }
}
