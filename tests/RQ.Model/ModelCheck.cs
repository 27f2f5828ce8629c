using System.Diagnostics;
using RQ.Model.Checks;
using RQ.Model.Plays;
using RQ.Redis;

namespace RQ.Model;

/// <summary>What a check is to do.</summary>
internal sealed record ModelCheckOptions
{
    /// <summary>Every play comes from it; the same seed makes the same plays.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many calls to the server it makes at least.</summary>
    public long Steps { get; init; } = 20_000;

    /// <summary>It ends when this is over, whatever <see cref="Steps"/> says; <c>null</c> for no limit.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>How many commands a play has.</summary>
    public int Length { get; init; } = 150;

    /// <summary>What is wrong with the scripts, on purpose; <c>null</c> for nothing.</summary>
    public Faults? Faults { get; init; }

    /// <summary>For how long a play that fails is made shorter.</summary>
    public TimeSpan ShrinkingTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Told from time to time how it goes.</summary>
    public Action<string>? Progress { get; init; }
}

/// <summary>What a check found.</summary>
/// <param name="Steps">Calls to the server, each followed by a comparison of everything.</param>
/// <param name="Plays">How many plays they were in.</param>
/// <param name="Coverage">Which transitions and outcomes there were.</param>
/// <param name="Failure">What went wrong; <c>null</c> for nothing.</param>
internal sealed record ModelCheckReport(long Steps, int Plays, TimeSpan Elapsed, Coverage Coverage, PlayFailure? Failure);

/// <summary>A play that failed.</summary>
/// <param name="Seed">The seed of the play.</param>
/// <param name="Steps">After how many steps of the check.</param>
/// <param name="Commands">The play, made as short as could be.</param>
/// <param name="Divergence">How the shortened one fails.</param>
internal sealed record PlayFailure(ulong Seed, long Steps, IReadOnlyList<Command> Commands, Exception Divergence)
{
    public override string ToString() =>
        $"{Divergence.Message}\nThe shortest play that fails so ({Commands.Count} commands, from seed {Seed}); run it again with --replay FILE:\n{string.Join('\n', Commands)}\n";
}

/// <summary>Plays one random play after the other against a server and the model.</summary>
internal sealed class ModelCheck : IAsyncDisposable
{
    private const int MostAttempts = 4;

    private readonly RqConnection _rq;
    private readonly ModelTime _time;
    private readonly ServerCapabilities _capabilities;

    private ModelCheck(RqConnection rq, ModelTime time)
    {
        _rq = rq;
        _time = time;
        _capabilities = rq.Capabilities;
    }

    /// <param name="url">The server. Everything under the prefix <c>model:</c> is deleted there.</param>
    public static async Task<ModelCheck> ConnectAsync(string url)
    {
        var time = new ModelTime();
        RqConnection rq = await RqConnection.ConnectAsync(url, new RqConnectionOptions { KeyPrefix = "model:", TimeProvider = time });
        return new ModelCheck(rq, time);
    }

    public ValueTask DisposeAsync() => _rq.DisposeAsync();

    public async Task<ModelCheckReport> RunAsync(ModelCheckOptions options)
    {
        var coverage = new Coverage();
        long begun = Stopwatch.GetTimestamp(), told = begun;
        long steps = 0;
        int plays = 0;
        while (steps < options.Steps && !(Stopwatch.GetElapsedTime(begun) > options.Time))
        {
            ulong seed = options.Seed * 1_000_003 + (ulong)plays++;
            Command[] commands = Verbs.Play(seed, options.Length);
            (Play play, Exception? failure) = await PlayOneAsync(commands, seed, options.Faults);
            coverage.Add(play.Coverage);
            steps += play.Steps;
            if (failure is not null)
                return new ModelCheckReport(steps, plays, Stopwatch.GetElapsedTime(begun), coverage, await ShrinkAsync(play.Pinned, seed, steps, failure, options));
            if (Stopwatch.GetElapsedTime(told) < TimeSpan.FromSeconds(10))
                continue;
            told = Stopwatch.GetTimestamp();
            options.Progress?.Invoke($"{steps} steps, {plays} plays, {steps / Stopwatch.GetElapsedTime(begun).TotalSeconds:F0} steps/s");
        }

        return new ModelCheckReport(steps, plays, Stopwatch.GetElapsedTime(begun), coverage, null);
    }

    /// <summary>Plays one play.</summary>
    /// <returns>How many steps it had, and how it failed.</returns>
    public async Task<(long Steps, Exception? Failure)> PlayAsync(IReadOnlyList<Command> commands, ulong seed, Faults? faults = null)
    {
        (Play play, Exception? failure) = await PlayOneAsync(commands, seed, faults);
        return (play.Steps, failure);
    }

    /// <summary>
    /// Plays one. The server lets keys expire by its own clock, which on a slow machine may be before the play says so: a failure at such a
    /// moment counts when it comes again and again.
    /// </summary>
    private async Task<(Play Play, Exception? Failure)> PlayOneAsync(IReadOnlyList<Command> commands, ulong seed, Faults? faults)
    {
        for (int attempt = 1; ; attempt++)
        {
            (Play play, Exception? failure) = await TryPlayAsync(commands, seed, faults);
            if (failure is null || !play.MayBeAheadOfItself || attempt == MostAttempts)
                return (play, failure);
        }
    }

    private async Task<(Play Play, Exception? Failure)> TryPlayAsync(IReadOnlyList<Command> commands, ulong seed, Faults? faults)
    {
        await new ServerState(_rq.Database, _rq.KeyPrefix).ClearAsync();
        _time.Now = new ModelTime().Now;
        // Every third play treats the server as one that has no streams and locks only what a script declares, as the embedded one does.
        _rq.Capabilities = _capabilities with { Streams = _capabilities.Streams && seed % 3 != 2 };
        _rq.Interceptor = Operation.StopAtAsync;
        var play = new Play(_rq, _time, faults);
        Exception? failure = null;
        try
        {
            await play.RunAsync(commands);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        return (play, failure);
    }

    private async Task<PlayFailure> ShrinkAsync(IReadOnlyList<Command> commands, ulong seed, long steps, Exception failure, ModelCheckOptions options)
    {
        Exception last = failure;
        string kind = KindOf(failure);
        Command[] shortest = await Shrinking.ShrinkAsync(
            commands,
            async fewer =>
            {
                (_, Exception? again) = await PlayAsync(fewer, seed, options.Faults);
                if (again is null || KindOf(again) != kind)
                    return false;
                last = again;
                return true;
            },
            options.ShrinkingTime);
        return new PlayFailure(seed, steps, shortest, last);
    }

    /// <summary>Fails in the same way: at a call of the same script, or for another reason of the same type.</summary>
    private static string KindOf(Exception failure) => failure is Divergence divergence
        ? divergence.Where[(divergence.Where.LastIndexOf("lua", StringComparison.Ordinal) is var at and >= 0 ? divergence.Where.LastIndexOf(' ', at) : 0)..].Split(".lua")[0]
        : failure.GetType().Name;
}
