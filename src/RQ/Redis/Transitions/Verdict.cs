namespace RQ.Redis.Transitions;

/// <summary>What became of a write about an execution. Only the first three changed anything.</summary>
internal enum Verdict
{
    /// <summary>It was done.</summary>
    Applied,

    /// <summary>It was done, and jobs that waited for this one were put on their queues.</summary>
    Released,

    /// <summary>It was done, and more jobs that wait for this one are to be released, by <see cref="Release"/>.</summary>
    Releasing,

    /// <summary>It had been done by an earlier sending of the same call.</summary>
    Already,

    /// <summary>The job has gone on without this execution: recovered, canceled, or taken by another worker.</summary>
    Lost,

    /// <summary>The job is no longer there.</summary>
    Gone,

    /// <summary>Only of <see cref="Abandon"/>: the worker is alive after all.</summary>
    Alive,
}

internal static class VerdictText
{
    public static Verdict Parse(string? text) => text switch
    {
        "applied" => Verdict.Applied,
        "released" => Verdict.Released,
        "releasing" => Verdict.Releasing,
        "already" => Verdict.Already,
        "lost" => Verdict.Lost,
        "gone" => Verdict.Gone,
        "alive" => Verdict.Alive,
        _ => throw new RqException($"A script answered '{text}', which is no verdict."),
    };
}
