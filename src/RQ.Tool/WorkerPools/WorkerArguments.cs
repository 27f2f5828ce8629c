using System.Globalization;
using System.Reflection;
using RQ.Tool.Workers;
using Spectre.Console.Cli;

namespace RQ.Tool.WorkerPools;

/// <summary>The command lines of a pool's workers: what both commands have in common is passed on. Never the server's address: others see command lines.</summary>
internal static class WorkerArguments
{
    /// <param name="settings">The pool's.</param>
    /// <param name="queues">Also those behind <c>--</c>.</param>
    /// <param name="number">Which of the workers, from 1.</param>
    public static string[] Of(WorkerPoolSettings settings, string[] queues, int number)
    {
        var arguments = new List<string> { "worker" };
        const BindingFlags Own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        foreach (PropertyInfo property in typeof(CommonWorkerSettings).GetProperties(Own).Concat(typeof(LoggingSettings).GetProperties(Own)))
        {
            if (property.GetCustomAttribute<CommandOptionAttribute>() is { } option)
                Add(arguments, option.LongNames[0], property.GetValue(settings));
        }

        Add(arguments, "with-scheduler", settings.WithScheduler);
        Add(arguments, "logging-level", settings.LoggingLevel);
        Add(arguments, "key-prefix", settings.KeyPrefix);
        Add(arguments, "name", settings.Name is { } name ? string.Create(CultureInfo.InvariantCulture, $"{name}-{number}") : null);
        return queues.Length == 0 ? [.. arguments] : [.. arguments, "--", .. queues];
    }

    private static void Add(List<string> arguments, string name, object? value)
    {
        switch (value)
        {
            case null or false:
                break;
            case true:
                arguments.Add($"--{name}");
                break;
            case string[] many:
                foreach (string one in many)
                    Add(arguments, name, one);
                break;
            default:
                string text = Convert.ToString(value, CultureInfo.InvariantCulture)!;
                // In one word: a value that begins with a dash would be taken for an option. Behind '=' an empty one would be none.
                arguments.AddRange(text.Length > 0 ? [$"--{name}={text}"] : [$"--{name}", text]);
                break;
        }
    }
}
