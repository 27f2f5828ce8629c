using StackExchange.Redis;

namespace RQ.Model.Plays;

/// <content>
/// A worker of Python's, which has no lease and is not fenced: it moves an id to its intermediate list, lists the execution, says that it
/// has started, and may die after each of the three.
/// </content>
internal sealed partial class Play
{
    private const string PythonName = "python";
    private const int Patience = 90;

    private readonly List<(string Id, string Execution, string Queue)> _python = [];
    private int _pythonExecutions;

    private async Task PythonAsync(Command command, string queue)
    {
        switch (command.Verb)
        {
            case "pytake":
                await PythonTakeAsync(queue, command["stage"]);
                break;
            case "pybeat" when _python.Count > 0:
                (string id, string execution, string of) = _python[command["pick"] % _python.Count];
                // Where its entry is gone it writes none.
                if (!_model.Keys.Contains($"wip:{of}", $"{id}:{execution}"))
                    break;
                _model.Keys.AddSorted($"wip:{of}", _model.Keys.WholeSeconds + Patience, $"{id}:{execution}");
                await _rq.Database.SortedSetAddAsync(_rq.Keys.Started(of), $"{id}:{execution}", _model.Keys.WholeSeconds + Patience);
                break;
            case "pyfinish" when _python.Count > 0:
                await PythonFinishAsync(_python[command["pick"] % _python.Count]);
                break;
        }
    }

    private async Task PythonTakeAsync(string queue, int stage)
    {
        string intermediate = $"queue:{queue}:intermediate";
        if (_model.Keys.Pop($"queue:{queue}") is not { } id)
            return;
        await _rq.Database.ListMoveAsync(_rq.Keys.Queue(queue), _rq.Keys.Intermediate(queue), ListSide.Left, ListSide.Right);
        _model.Keys.Push(intermediate, id, toHead: false);
        _invariants.MayBeListedTwice.Add(id);
        string job = $"job:{id}", origin = _model.Keys.Field(job, "origin") ?? queue;
        if (_model.Keys.Field(job, "status") != "queued" || stage == 0)
            return;
        string execution = $"p{++_pythonExecutions:d4}", entry = $"{id}:{execution}";
        _model.Keys.AddSorted($"wip:{origin}", _model.Keys.WholeSeconds + Patience, entry);
        await _rq.Database.SortedSetAddAsync(_rq.Keys.Started(origin), entry, _model.Keys.WholeSeconds + Patience);
        _model.Keys.AddSorted($"executions:{id}", _model.Keys.WholeSeconds + Patience, execution);
        _model.Keys.Expire($"executions:{id}", Patience + 60);
        await _rq.Database.SortedSetAddAsync(_rq.Keys.Executions(id), execution, _model.Keys.WholeSeconds + Patience);
        await _rq.Database.KeyExpireAsync(_rq.Keys.Executions(id), TimeSpan.FromSeconds(Patience + 60));
        if (stage == 1)
            return;
        string at = Redis.RqTime.Timestamp(_time.UtcNow);
        _model.Keys.SetFields(job, "status", "started", "started_at", at, "worker_name", PythonName);
        await _rq.Database.HashSetAsync(_rq.Keys.Job(id), [new("status", "started"), new("started_at", at), new("worker_name", PythonName)]);
        _model.Keys.Persist(job);
        await _rq.Database.KeyPersistAsync(_rq.Keys.Job(id));
        _model.Keys.RemoveFromList(intermediate, id, most: 1);
        await _rq.Database.ListRemoveAsync(_rq.Keys.Intermediate(queue), id, 1);
        _python.Add((id, execution, origin));
    }

    /// <summary>It would also finish what is no longer its own, and its own way with jobs that wait for it is not ours to check: neither is played.</summary>
    private async Task PythonFinishAsync((string Id, string Execution, string Queue) run)
    {
        string job = $"job:{run.Id}", entry = $"{run.Id}:{run.Execution}";
        bool isItsOwn = _model.Keys.Field(job, "status") == "started" && _model.Keys.Field(job, "worker_name") == PythonName && _model.Keys.Contains($"wip:{run.Queue}", entry);
        if (!isItsOwn || _model.Keys.Exists($"{job}:dependents") || _model.Keys.Field(job, "rate_limit_key") is not null || _model.Keys.Field(job, "repeats_left") is not null)
            return;
        _python.Remove(run);
        _model.Keys.SetFields(job, "status", "finished");
        await _rq.Database.HashSetAsync(_rq.Keys.Job(run.Id), "status", "finished");
        _model.Keys.Expire(job, 500);
        await _rq.Database.KeyExpireAsync(_rq.Keys.Job(run.Id), TimeSpan.FromSeconds(500));
        _model.Keys.Expire($"job::{run.Id}:dependencies", 500);
        await _rq.Database.KeyExpireAsync(_rq.Keys.Dependencies(run.Id), TimeSpan.FromSeconds(500));
        _model.Keys.AddSorted($"finished:{run.Queue}", _model.Keys.WholeSeconds + 500, run.Id);
        await _rq.Database.SortedSetAddAsync(_rq.Keys.Finished(run.Queue), run.Id, _model.Keys.WholeSeconds + 500);
        _model.Keys.Remove($"wip:{run.Queue}", entry);
        await _rq.Database.SortedSetRemoveAsync(_rq.Keys.Started(run.Queue), entry);
        _model.Keys.Remove($"executions:{run.Id}", run.Execution);
        await _rq.Database.SortedSetRemoveAsync(_rq.Keys.Executions(run.Id), run.Execution);
    }
}
