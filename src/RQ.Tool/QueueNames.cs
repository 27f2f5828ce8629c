using RQ.Redis;
using Spectre.Console.Cli;

namespace RQ.Tool;

/// <summary>The queues that a command line names.</summary>
internal static class QueueNames
{
    /// <summary>Those before and behind <c>--</c>.</summary>
    /// <exception cref="UsageException">One of them is no name that a queue can have.</exception>
    public static string[] Of(string[] given, CommandContext context) => Array.ConvertAll([.. given, .. Rest.Of(context)], Check);

    /// <returns>The name.</returns>
    /// <exception cref="UsageException">No queue can have it.</exception>
    public static string Check(string name)
    {
        if (name.Length == 0)
            throw new UsageException("A queue's name must not be empty.");
        try
        {
            return StoredName.OfQueue(name);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(ArgumentText.Of(exception));
        }
    }
}
