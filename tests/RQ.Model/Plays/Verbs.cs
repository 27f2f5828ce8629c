using FsCheck;
using FsCheck.Fluent;

namespace RQ.Model.Plays;

/// <summary>Every command there is, how often it comes, and what its numbers may be. Plays are made of them at random, from a seed.</summary>
internal static class Verbs
{
    /// <param name="Name">The command.</param>
    /// <param name="Weight">How often it comes, compared with the others.</param>
    /// <param name="Numbers">What it may be given.</param>
    private sealed record Verb(string Name, int Weight, Number[] Numbers);

    /// <param name="Name">Its name.</param>
    /// <param name="Most">The largest value; 0 is always one.</param>
    /// <param name="Percent">How often it is not 0.</param>
    private sealed record Number(string Name, int Most, int Percent = 100);

    private static readonly Number s_queue = new("queue", 2);
    private static readonly Number s_job = new("job", 40);
    private static readonly Number s_worker = new("worker", 2);
    private static readonly Number s_pick = new("pick", 3);

    /// <summary>A worker, or a caller that runs its own jobs.</summary>
    private static readonly Number s_runner = new("worker", 3);
    private static readonly Number[] s_way = [new("sent", 2, 18), new("twice", 1, 12)];

    private static readonly Verb[] s_verbs =
    [
        new("plain", 8, [s_queue, new("count", 2), new("ttl", 2, 20), new("keep", 3, 40), new("front", 1, 20), .. s_way]),
        new("enqueue", 34, [s_queue, new("id", 11), new("fresh", 1, 40), new("front", 1, 20), new("ttl", 2, 20), new("keep", 3, 40), new("keepfailed", 3, 40),
            new("parent1", 40, 45), new("parent2", 40, 15), new("allow", 1, 30), new("unmet", 3, 45), new("due", 3, 20), new("group", 2, 20), new("rate", 2, 25),
            new("retry", 3, 35), new("repeat", 4, 15), new("unique", 2, 15), new("fail", 1, 30), new("most", 2, 8), new("inline", 1, 5), .. s_way]),
        new("together", 4, [s_queue, new("other", 2), new("unmet", 3, 50), new("rate", 2, 30), new("front", 1, 20), new("ttl", 2, 20), .. s_way]),
        new("take", 26, [s_worker, new("slots", 3), .. s_way]),
        new("resume", 2, [s_worker, .. s_way]),
        new("claim", 4, [s_worker, s_queue]),
        new("finish", 22, [s_runner, s_pick, new("count", 2, 30), new("empty", 1, 20), .. s_way]),
        new("fail", 14, [s_runner, s_pick, new("count", 1, 20), new("how", 4, 40), .. s_way]),
        new("giveback", 5, [s_runner, s_pick, new("begun", 1, 40), new("unknown", 1, 25), .. s_way]),
        new("beat", 5, [s_runner, .. s_way]),
        new("note", 2, [s_runner, s_pick, .. s_way]),
        new("register", 5, [s_worker, .. s_way]),
        new("leave", 2, [s_worker, .. s_way]),
        new("kill", 3, [s_worker]),
        new("stall", 1, [s_worker]),
        new("recover", 6, [s_worker, .. s_way]),
        new("pytake", 4, [s_queue, new("stage", 2)]),
        new("pybeat", 2, [s_pick]),
        new("pyfinish", 2, [s_pick]),
        new("cancel", 6, [s_job, new("release", 1, 40), new("forget", 1, 30), new("ttl", 3, 30), .. s_way]),
        new("delete", 5, [s_job, new("only", 2, 20), .. s_way]),
        new("requeue", 6, [s_job, new("target", 3, 30), new("front", 1, 20), new("from", 2, 50), .. s_way]),
        new("reschedule", 3, [s_job, new("due", 3), new("queue", 3, 20), .. s_way]),
        new("endrepeats", 2, [s_job, .. s_way]),
        new("forgetresults", 1, [s_job, .. s_way]),
        new("empty", 2, [s_queue, new("cancel", 1, 50), .. s_way]),
        new("suspend", 1, []),
        new("unsuspend", 2, []),
        new("pause", 1, [s_queue]),
        new("unpause", 2, [s_queue]),
        new("hold", 5, [new("scheduler", 1), .. s_way]),
        new("promote", 9, [new("scheduler", 2), s_queue, .. s_way]),
        new("letgo", 1, [new("scheduler", 1), .. s_way]),
        new("release", 5, [.. s_way]),
        new("clean", 4, [s_queue, .. s_way]),
        new("cleansite", 3, [.. s_way]),
        new("overdue", 5, [s_queue, .. s_way]),
        new("compact", 1, [s_queue, .. s_way]),
        new("elect", 1, [new("pieces", 1), .. s_way]),
        new("tick", 14, [new("time", 5)]),
        new("continue", 22, [s_pick, new("twice", 1, 10)]),
        new("lose", 2, [s_pick]),
    ];

    public static IEnumerable<string> Names => s_verbs.Select(verb => verb.Name);

    /// <summary>A play of so many commands.</summary>
    public static Command[] Play(ulong seed, int length)
    {
        Gen<Command> any = Gen.Frequency(s_verbs.Select(verb => (verb.Weight, CommandOf(verb))).ToArray());
        return any.ArrayOf(length).Sample(1, new Rnd(seed), length).Single();
    }

    private static Gen<Command> CommandOf(Verb verb) =>
        Gen.CollectToArray(verb.Numbers, NumberOf).Select(numbers =>
            new Command(verb.Name, verb.Numbers.Select((number, i) => KeyValuePair.Create(number.Name, numbers[i]))));

    private static Gen<int> NumberOf(Number number) => number.Percent == 100
        ? Gen.Choose(0, number.Most)
        : Gen.Frequency((number.Percent, Gen.Choose(1, number.Most)), (100 - number.Percent, Gen.Constant(0)));
}
