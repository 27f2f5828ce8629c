using System.Diagnostics;
using RQ.Model.Checks;
using RQ.Model.Rules;
using RQ.Redis;
using StackExchange.Redis;

namespace RQ.Model.Plays;

/// <summary>
/// One play: several clients do what commands say, call by call, against a server; after each call everything under the prefix is read and
/// compared with the model, and the rules that always hold are checked.
/// </summary>
internal sealed partial class Play
{
    private const int MostParked = 6;

    private readonly RqConnection _rq;
    private readonly ModelTime _time;
    private readonly StateMachine _model;
    private readonly ServerState _server;
    private readonly Faults _faults;
    private readonly Invariants _invariants = new();
    private readonly Names _names = new();
    private readonly List<Operation> _parked = [];
    private readonly Stopwatch _sinceMoved = Stopwatch.StartNew();
    private long _movedAt;
    private long _soonest = long.MaxValue;
    private bool _hasLostKeys;
    private Keyspace _last = new();
    private string _at = "";

    /// <param name="rq">The connection. Nothing is under its prefix.</param>
    /// <param name="time">The clock that it was made with.</param>
    /// <param name="faults">What is wrong with the scripts, on purpose.</param>
    public Play(RqConnection rq, ModelTime time, Faults? faults = null)
    {
        _rq = rq;
        _time = time;
        _faults = faults ?? Faults.None;
        _model = new StateMachine(rq.KeyPrefix, rq.Capabilities.ResultMode);
        _server = new ServerState(rq.Database, rq.KeyPrefix);
        _movedAt = time.Now;
        _model.Keys.Now = time.Now;
    }

    public Coverage Coverage { get; } = new();

    /// <summary>The same commands, so that each names the jobs that it has chosen: the same ones whatever else is left out.</summary>
    public IReadOnlyList<Command> Pinned => _names.Pinned;

    /// <summary>Calls to the server, each of which was followed by a comparison.</summary>
    public long Steps { get; private set; }

    /// <summary>Does all of them, lets everything come to rest, and looks whether nothing is stuck.</summary>
    /// <exception cref="Divergence">Something was not as it must be.</exception>
    public async Task RunAsync(IReadOnlyList<Command> commands)
    {
        for (int i = 0; i < commands.Count; i++)
        {
            _at = $"command {i + 1}: {commands[i]}";
            _names.Begin(commands[i], i + 1);
            await DoAsync(commands[i]);
        }

        await ComeToRestAsync();
    }

    /// <summary>Begins what a client does, and delivers of it what the command says.</summary>
    private async Task BeginAsync(Command command, string? worker, Func<Task> work)
    {
        Operation operation = await Operation.BeginAsync(command.ToString(), worker, work);
        if (command.Sending != Sending.Late && operation.Call is not null)
            await DeliverAsync(operation, command.IsTwice);
        if (command.Sending == Sending.Now)
        {
            while (operation.Call is not null)
                await DeliverAsync(operation, command.IsTwice);
        }

        if (operation.Call is null)
        {
            CheckEnd(operation);
            return;
        }

        Coverage.DeliveredLate++;
        _parked.Add(operation);
        if (_parked.Count > MostParked)
            await CompleteAsync(_parked[0]);
    }

    /// <summary>The same, and all of it now.</summary>
    private Task RunAsync(string what, Func<Task> work, string? worker = null) => BeginAsync(new Command(what, []), worker, work);

    private async Task ContinueAsync(Operation operation, bool isTwice)
    {
        await DeliverAsync(operation, isTwice);
        if (operation.Call is not null)
            return;
        _parked.Remove(operation);
        CheckEnd(operation);
    }

    private async Task CompleteAsync(Operation operation)
    {
        while (operation.Call is not null)
            await ContinueAsync(operation, isTwice: false);
    }

    /// <summary>What the library refuses it says with an exception of its own; anything else is a mistake.</summary>
    private void CheckEnd(Operation operation)
    {
        if (operation.Failure is { } failure and not RqException)
            throw new Divergence($"{_at}: '{operation.Text}' failed", [failure.ToString()]);
    }

    private async Task DeliverAsync(Operation operation, bool isTwice)
    {
        ScriptCall call = operation.Call!;
        _time.Now += 1000;
        RedisResult answer = await SendAsync(operation, call);
        if (isTwice)
        {
            // The answer was lost on its way.
            Coverage.SentTwice++;
            Keyspace before = _last;
            answer = await SendAsync(operation, call);
            if (!MaySayMore(call) && Comparison.Differences(before, _last, Slack) is { Count: > 0 } changes)
                throw Diverged(operation, call, "the same call sent again changed something", changes);
        }

        await operation.GoOnAsync(answer, null);
    }

    /// <summary>
    /// Calls that go on when they are sent again: bites of a longer work; a take that looks at what its worker has, and takes out what is
    /// no longer its own; and an empty, whose queue others were let onto meanwhile.
    /// </summary>
    private static bool MaySayMore(ScriptCall call) => call.Script.Name is "release" or "take" or "empty";

    private async Task<RedisResult> SendAsync(Operation operation, ScriptCall call)
    {
        call.Arguments[0] = _time.Now;
        _model.Keys.Now = _time.Now;
        NoteSoonest();
        string? expected = _model.Apply(call);
        RedisResult answer;
        try
        {
            answer = await _faults.EvaluateAsync(_rq.Database, call);
        }
        catch (RedisServerException exception)
        {
            throw Diverged(operation, call, "the server refused it", [exception.Message]);
        }

        string? actual = AnswerText.Of(call.Script.Name, answer);
        Coverage.Note(call.Script.Name, actual);
        Steps++;
        if (expected != actual)
            throw Diverged(operation, call, "the answer is another", [$"is         {actual}", $"and should be {expected}"]);
        await CheckAsync(problems => Diverged(operation, call, "what is on the server is not what should be", problems), SettledBy(call, actual), call.Script.Name);
        return answer;
    }

    private static Invariants.Settled? SettledBy(ScriptCall call, string? answer)
    {
        if (call.Script.Name is not ("finish" or "fail") || answer is null)
            return null;
        int executions = call.Script.Name == "finish" ? call.Keys.Count - 5 - 4 * (int)call.Arguments[7] : 0;
        int applied = answer == "applied" ? executions : answer.Trim('[', ']').Split(',').Count(verdict => verdict is "applied" or "released" or "releasing");
        return new Invariants.Settled((string)call.Arguments[2]!, call.Script.Name == "finish" ? "successful_job_count" : "failed_job_count", applied);
    }

    private Divergence Diverged(Operation operation, ScriptCall call, string what, IReadOnlyList<string> details)
    {
        string arguments = string.Join(' ', call.Arguments.Skip(1).Select(argument => $"'{(argument.Length() > 60 ? "…" : argument)}'"));
        return new Divergence($"{_at}: {call.Script.Name}.lua of '{operation.Text}': {what}", [.. details, $"arguments: {arguments}"]);
    }

    /// <summary>Reads everything and compares.</summary>
    private async Task CheckAsync(Func<IReadOnlyList<string>, Divergence> problem, Invariants.Settled? settled = null, string? script = null)
    {
        Keyspace before = _last;
        _last = await _server.ReadAsync(_time.Now);
        if (Comparison.Differences(_model.Keys, _last, Slack) is { Count: > 0 } differences)
            throw problem(differences);
        if (_invariants.Violations(before, _last, settled, script) is { Count: > 0 } violations)
            throw problem(violations);
        if (_sinceMoved.Elapsed > TimeSpan.FromSeconds(1))
            await MoveTimesAsync([]);
    }

    /// <summary>
    /// Whether a key may have expired before its time in the play, because the machine was slow: then a failure says nothing, unless it comes
    /// again.
    /// </summary>
    public bool MayBeAheadOfItself => _hasLostKeys || _soonest - _time.Now < Slack;

    /// <summary>Notes which key expires next, before anything is done that may remove it.</summary>
    private void NoteSoonest() => _soonest = _model.Keys.Entries.Values.Min(entry => entry.Expires) ?? long.MaxValue;

    /// <summary>The server counts by its own clock: so much may have passed since it was told when keys expire.</summary>
    private long Slack => 1_500_000 + (long)_sinceMoved.Elapsed.TotalMicroseconds + (_time.Now - _movedAt);

    /// <summary>Tells the server when keys expire by the clock of the play.</summary>
    private async Task MoveTimesAsync(IEnumerable<string> over)
    {
        _hasLostKeys |= !await _server.MoveTimesAsync([
            .. over.Select(key => (key, 0L)),
            .. _model.Keys.Entries.Where(entry => entry.Value.Expires is not null).Select(entry => (entry.Key, Math.Max(entry.Value.Expires!.Value - _time.Now, Comparison.LeastTime) / 1000))]);
        _sinceMoved.Restart();
        _movedAt = _time.Now;
    }

    /// <summary>Time passes: keys expire, and workers that live renew their leases.</summary>
    private async Task TickAsync(double seconds)
    {
        _time.Now += (long)(seconds * 1_000_000);
        _model.Keys.Now = _time.Now;
        string[] before = [.. _model.Keys.Entries.Keys];
        _model.Keys.DropExpired();
        await MoveTimesAsync(before.Where(key => !_model.Keys.Exists(key)));
        NoteSoonest();
        await CheckAsync(problems => new Divergence($"{_at}: time passed", problems));
        foreach (SimulatedWorker worker in _workers.Where(worker => worker is { IsAlive: true, IsStalled: false }))
            await RenewAsync(worker);
    }
}
