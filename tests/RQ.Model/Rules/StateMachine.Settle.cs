using System.Globalization;

namespace RQ.Model.Rules;

/// <content>The ends of executions by the worker that ran them, and its signs of life.</content>
internal sealed partial class StateMachine
{
    private sealed record More(bool HasBeaten, bool HasDependencies, string Rate, string RepeatsLeft, double Delay, bool HasValue);

    private string Finish(SentCall sent)
    {
        string worker = sent.Argument(3), at = sent.Argument(7);
        int groups = (int)sent.Number(8), key = 5 + 4 * groups;
        Func<string, bool> mayTouch = MayTouch(sent, 5);
        _inLine = 0;
        sent.Seek(10);
        var heads = Enumerable.Range(0, groups).Select(n => (
            Queue: sent.NameIn(6 + 4 * n), Ttl: sent.Next(), Count: (int)sent.NextNumber(), Seconds: Parse(sent.Next())!.Value, HasTimes: sent.Next() == "1")).ToArray();
        var more = Enumerable.Range(0, (int)sent.Number(9)).ToDictionary(_ => (int)sent.NextNumber(), _ =>
        {
            bool beaten = sent.Next() == "1", depended = sent.Next() == "1";
            string rate = sent.Next();
            sent.Next();
            return new More(beaten, depended, rate, sent.Next(), Parse(sent.Next()) ?? 0, sent.Next() == "1");
        });
        var verdicts = new List<string>();
        int number = 0, finished = 0;
        double seconds = 0;
        // Who still runs is asked for all before the first one ends.
        Fence[] fences = JudgeAll(sent, key, heads.Select(head => (head.Ttl, head.Count, head.HasTimes)), worker);
        foreach (var head in heads)
        {
            int before = finished;
            for (int n = 0; n < head.Count; n++)
            {
                number++;
                string id = sent.NameIn(key + number), execution = sent.Next();
                string[] times = head.HasTimes ? sent.Next(5) : ["", at, "", "", ""];
                More? about = more.GetValueOrDefault(number);
                if (fences[number - 1] == Fence.Applied)
                {
                    finished++;
                    verdicts.Add(VerdictOf(EndWell(id, execution, head.Queue, head.Ttl, head.HasTimes, times, about, mayTouch)));
                }
                else
                {
                    verdicts.Add(fences[number - 1].ToString().ToLowerInvariant());
                }

                if (fences[number - 1] != Fence.Already)
                    Leave(id, execution, worker, head.Queue, about is { HasBeaten: true });
            }

            seconds += head.Seconds * (finished - before) / head.Count;
        }

        if (finished > 0)
            RefreshWorker(worker, sent.Argument(6), at, "successful_job_count", finished, seconds);
        return verdicts.TrueForAll(verdict => verdict == "applied") ? "applied" : List(verdicts);
    }

    private Fence[] JudgeAll(SentCall sent, int key, IEnumerable<(string Ttl, int Count, bool HasTimes)> heads, string worker)
    {
        var fences = new List<Fence>();
        int argument = sent.ArgumentCount + 1 - heads.Sum(head => head.Count * (head.HasTimes ? 6 : 1));
        foreach ((string ttl, int count, bool hasTimes) in heads)
        {
            for (int n = 0; n < count; n++, argument += hasTimes ? 6 : 1)
                fences.Add(JudgeEnd(sent.NameIn(key + fences.Count + 1), sent.Argument(argument), worker, ttl == "0", "finished"));
        }

        return [.. fences];
    }

    private static string VerdictOf(Released released) => released switch { Released.All => "released", Released.NotAll => "releasing", _ => "applied" };

    private Released EndWell(string id, string execution, string queue, string ttl, bool hasTimes, string[] times, More? about, Func<string, bool> mayTouch)
    {
        string job = Job(id), endedAt = times[1];
        bool hasLog = Keys.Field(job, "has_log") is not null;
        if (hasTimes && ttl != "0")
        {
            StoreResult(id, ttl, $"1:{execution}", "result", times[4].Length > 0 || about is { HasValue: true } ? times[4] : null);
            Keys.AddSorted($"finished:{queue}", ttl == "-1" ? double.PositiveInfinity : Rounded(Keys.Seconds + Parse(ttl)!.Value, 3), id);
        }

        Keys.SetFields(job, "status", "finished", "last_outcome", "finished");
        if (hasTimes)
            Keys.SetFields(job, "started_at", times[0], "ended_at", endedAt, "last_heartbeat", endedAt);
        bool again = about is { RepeatsLeft.Length: > 0 } && GoesOn(job, about.Delay);
        if (again)
            Repeat(id, queue, about!, endedAt);
        (Released released, bool isLeft) = ReleaseDependents(id, "finished", endedAt, mayTouch);
        if (!again)
            KeepFor(id, ttl, released, about is { HasDependencies: true }, hasLog);
        isLeft |= about is { Rate.Length: > 0 } && (!again || about.Delay > 0) && FreeSlot(about.Rate, id, endedAt, mayTouch);
        return isLeft ? Released.NotAll : released;
    }

    /// <summary>Whether the series goes on: it may have been ended since the job was taken, or its next run would be due after its end.</summary>
    private bool GoesOn(string job, double delay)
    {
        if (!(Parse(Keys.Field(job, "repeats_left")) > 0))
            return false;
        if (!(Keys.Seconds + delay > Parse(Keys.Field(job, "repeat_until"))))
            return true;
        Keys.SetFields(job, "repeats_left", "0");
        return false;
    }

    private void Repeat(string id, string queue, More about, string at)
    {
        Keys.SetFields(Job(id), "repeats_left", about.RepeatsLeft);
        Keys.DropFields(Job(id), "attempts");
        if (about.Delay > 0)
        {
            PutOnSchedule(queue, Rounded(Keys.Seconds + about.Delay, 3), id);
            Keys.SetFields(Job(id), "status", "scheduled");
            return;
        }

        Keys.Push($"queue:{queue}", id, toHead: false);
        Keys.SetFields(Job(id), "status", "queued", "enqueued_at", at);
        WaitAgain(id);
    }

    private string Fail(SentCall sent)
    {
        string worker = sent.Argument(3);
        int queues = (int)sent.Number(5), key = 5 + 4 * queues, failed = 0;
        Func<string, bool> mayTouch = MayTouch(sent, 7);
        _inLine = 0;
        sent.Seek(8);
        double seconds = 0;
        string? heartbeat = null;
        var verdicts = new List<string>();
        for (int n = 1; n <= sent.KeyCount - key; n++)
        {
            string queue = sent.NameIn(2 + 4 * (int)sent.NextNumber()), id = sent.Next(), execution = sent.Next();
            bool beaten = sent.Next() == "1";
            string[] end = sent.Next(12);
            Fence fence = JudgeEnd(id, execution, worker, end[6] == "0" && end[0] is ("failed" or "stopped"), "failed", "retried");
            string verdict = fence.ToString().ToLowerInvariant();
            if (fence == Fence.Applied)
            {
                failed++;
                seconds += Parse(end[10])!.Value - Parse(end[9])!.Value;
                heartbeat = end[8];
                verdict = VerdictOf(EndUnfinished(WithJob(id, new Unfinished(id, execution, queue, end[0], end[1] == "1", Parse(end[2]) ?? 0, end[3], end[5])
                {
                    NumberOfRetries = end[4], FailureTtl = end[6], StartedAt = end[7], EndedAt = end[8], Text = end[11],
                    Outcome = end[0] is "failed" or "stopped" ? "failed" : "retried", MayTouch = mayTouch,
                })));
            }

            if (fence != Fence.Already)
                Leave(id, execution, worker, queue, beaten);
            verdicts.Add(verdict);
        }

        if (heartbeat is not null)
            RefreshWorker(worker, sent.Argument(6), heartbeat, "failed_job_count", failed, seconds);
        return List(verdicts);
    }

    private Unfinished WithJob(string id, Unfinished end) => end with
    {
        Rate = NotEmpty(Keys.Field(Job(id), "rate_limit_key")),
        HasDependencies = Keys.Field(Job(id), "dependency_ids") is not null,
        HasLog = Keys.Field(Job(id), "has_log") is not null,
    };

    private string GiveBack(SentCall sent)
    {
        string worker = sent.Argument(3), at = sent.Argument(4);
        sent.Seek(5);
        var verdicts = new List<string>();
        for (int n = 1; n <= (sent.KeyCount - 3) / 3; n++)
        {
            string id = sent.Next(), execution = sent.Next(), queue = sent.NameIn(2 + 3 * n);
            bool hadBegun = sent.Next() == "1";
            string unknownSince = sent.Next();
            double waited = Parse(sent.Next()) ?? 0;
            Fence fence = Judge(id, execution, worker, "returned");
            if (fence == Fence.Applied)
            {
                Keys.Push(sent.Key(3 + 3 * n), id, toHead: unknownSince.Length == 0);
                Keys.SetFields(Job(id), "status", "queued", "started_at", "", "worker_name", "", "last_outcome", "returned", "enqueued_at", at);
                if (unknownSince.Length > 0 && !hadBegun)
                    Keys.SetFields(Job(id), "unknown_since", unknownSince);
                else
                    Keys.DropFields(Job(id), "unknown_since");
                if (hadBegun)
                    Keys.Increase(Job(id), "attempts");
                if (Parse(Keys.Field(Job(id), "ttl")) is > 0 and var ttl)
                    ExpireWaiting(id, Math.Max(ttl - waited, 1));
            }

            if (fence != Fence.Already)
                Leave(id, execution, worker, queue, true);
            verdicts.Add(fence.ToString().ToLowerInvariant());
        }

        RefreshWorker(worker, "", at, null, 0, 0);
        return List(verdicts);
    }

    /// <summary>Nothing lists the execution any more.</summary>
    private void Leave(string id, string execution, string worker, string queue, bool hasBeaten)
    {
        Keys.Remove($"wip:{queue}", $"{id}:{execution}");
        Keys.Remove(Executions(worker), $"{id}:{execution}");
        if (!hasBeaten)
            return;
        Keys.Delete($"execution:{id}:{execution}");
        Keys.Remove($"executions:{id}", execution);
    }

    private void RefreshWorker(string worker, string oldest, string heartbeat, string? counter, int count, double seconds)
    {
        string record = $"worker:{worker}";
        if (!IsWorker(record))
            return;
        if (counter is not null)
        {
            Keys.SetFields(
                record, counter, ((Parse(Keys.Field(record, counter)) ?? 0) + count).ToString("F0", CultureInfo.InvariantCulture),
                "total_working_time", ((Parse(Keys.Field(record, "total_working_time")) ?? 0) + seconds).ToString("F6", CultureInfo.InvariantCulture));
        }

        if (Keys.Count(Executions(worker)) == 0)
        {
            Keys.DropFields(record, "current_job");
            Keys.SetFields(record, "state", "idle", "current_job_working_time", "0", "last_heartbeat", heartbeat);
            Keys.Expire(record, 480);
        }
        else if (oldest.Length > 0)
        {
            Keys.SetFields(record, "current_job", oldest);
        }
    }

    private string Extend(SentCall sent)
    {
        string worker = sent.Argument(3), at = sent.Argument(4), record = $"worker:{worker}";
        bool hasRecord = Keys.Exists(record);
        if (hasRecord)
        {
            Keys.SetFields(record, "last_heartbeat", at);
            Keys.Expire(record, Keys.Count(Executions(worker)) > 0 ? sent.Number(6) : sent.Number(7));
        }

        sent.Seek(8);
        var answer = new List<string> { hasRecord ? "1" : "0" };
        for (int n = 1; n <= (sent.KeyCount - 3) / 2; n++)
        {
            string id = sent.Next(), execution = sent.Next();
            long ttl = sent.NextNumber();
            string created = sent.Next(), member = $"{id}:{execution}";
            Fence fence = Judge(id, execution, worker);
            answer.Add(fence.ToString().ToLowerInvariant());
            if (fence != Fence.Applied)
                continue;
            Keys.SetFields(Job(id), "last_heartbeat", at);
            Keys.SetFields($"execution:{member}", "id", execution, "created_at", created, "last_heartbeat", sent.Argument(5), "job_id", id, "worker_name", worker);
            Keys.Expire($"execution:{member}", ttl);
            Keys.AddSorted($"executions:{id}", Keys.WholeSeconds + ttl + 60, execution);
            Keys.Expire($"executions:{id}", ttl + 60);
            if (hasRecord)
                Keys.AddToSet(Executions(worker), member);
            Keys.AddSorted(sent.Key(3 + 2 * n), Keys.WholeSeconds + ttl, member);
        }

        return List(answer);
    }

    private string Note(SentCall sent)
    {
        string id = sent.NameIn(2), execution = sent.Argument(2);
        Fence fence = Judge(id, execution, sent.Argument(3));
        if (fence != Fence.Applied)
            return fence.ToString().ToLowerInvariant();
        if (sent.Argument(4).Length > 0)
            Keys.SetFields(Job(id), "progress", sent.Argument(4));
        if (sent.ArgumentCount <= 6)
            return "applied";
        string[] last = Keys.ListOf(LogOf(id)).LastOrDefault("").Split(' ', 3);
        long known = last.Length == 3 && last[0] == execution ? long.Parse(last[1], CultureInfo.InvariantCulture) : -1;
        long number = sent.Number(6);
        foreach (string line in sent.ArgumentsFrom(7).Where(_ => number++ > known))
            Keys.Push(LogOf(id), line, toHead: false);
        Keys.SetFields(Job(id), "has_log", "1");
        return "applied";
    }
}
