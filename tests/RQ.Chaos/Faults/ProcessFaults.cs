using System.Globalization;
using RQ.Chaos.Cast;

namespace RQ.Chaos.Faults;

/// <summary>kill -9 of a process; a second or so later the next one is started.</summary>
internal sealed class KillFault(string name, int share, Part part) : FaultKind
{
    public override string Name => name;

    public override string Description => $"kill -9 of a {part.InWords()}";

    public override int Share => share;

    public override Effect Effect => Effect.Death;

    public override bool IsSlow => part == Part.Python;

    public override bool Fits(Troupe cast) => cast.Members.Any(member => member.Part == part);

    public override async Task<bool> StrikeAsync(Strike strike)
    {
        if (strike.Any(member => member.Turn, part) is not { } member)
            return false;
        try
        {
            Fault fault = strike.Log.Begin(this, member, member.Life.Name, member.Life.Pid);
            member.Kill();
            await member.EndAsync();
            await Task.Delay(strike.Time(0, 1.5));
            member.Start();
            strike.Log.End(fault);
            return true;
        }
        finally
        {
            member.Turn.Release();
        }
    }
}

/// <summary>kill -9 of a work horse; its worker has to go on.</summary>
internal sealed class KillHorseFault(string name, int share, Part part) : FaultKind
{
    public override string Name => name;

    public override string Description => $"kill -9 of a work horse of a {part.InWords()}";

    public override int Share => share;

    public override Effect Effect => Effect.Death;

    public override bool Fits(Troupe cast) => cast.Members.Any(member => member.Part == part);

    public override async Task<bool> StrikeAsync(Strike strike)
    {
        if (strike.Any(member => member.Turn, part) is not { } member)
            return false;
        try
        {
            // Python has one only while it runs a job.
            long until = Moment.Now + Moment.PerSecond;
            IReadOnlyList<int> horses;
            while ((horses = Signals.Children(member.Life.Pid)).Count == 0 && Moment.Now < until)
                await Task.Delay(2);
            if (horses.Count == 0)
                return false;
            int horse = horses[strike.Random.Next(horses.Count)];
            Fault fault = strike.Log.Begin(this, member, member.Life.Name, horse);
            Signals.Send(horse, Signals.Kill);
            strike.Log.End(fault);
            return true;
        }
        finally
        {
            member.Turn.Release();
        }
    }
}

/// <summary>SIGSTOP, and after a while SIGCONT.</summary>
internal sealed class FreezeFault(string name, int share, double least, double most, params Part[] parts) : FaultKind
{
    public override string Name => name;

    public override string Description =>
        string.Create(CultureInfo.InvariantCulture, $"SIGSTOP of a {string.Join(" or ", parts.Select(part => part.InWords()))}, SIGCONT after {least}–{most} s");

    public override int Share => share;

    public override Effect Effect => Effect.Silence;

    public override bool Fits(Troupe cast) => cast.Members.Any(member => parts.Contains(member.Part));

    public override async Task<bool> StrikeAsync(Strike strike)
    {
        if (strike.Any(member => member.Turn, parts) is not { } member)
            return false;
        try
        {
            Fault fault = strike.Log.Begin(this, member, member.Life.Name, member.Life.Pid);
            Signals.Send(member.Life.Pid, Signals.Stop);
            await Task.Delay(strike.Time(least, most));
            Signals.Send(member.Life.Pid, Signals.Continue);
            strike.Log.End(fault);
            return true;
        }
        finally
        {
            member.Turn.Release();
        }
    }
}

/// <summary>SIGTERM: the process ends in an orderly way and the next one is started. One that does not end is a finding.</summary>
internal sealed class TerminateFault(string name, int share, Action<string> find, params Part[] parts) : FaultKind
{
    // A worker waits 25 s for its jobs at most, and for calls that are under way.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    public override string Name => name;

    public override string Description => $"SIGTERM to a {string.Join(" or ", parts.Select(part => part.InWords()))}, which is then started again";

    public override int Share => share;

    public override Effect Effect => Effect.Leave;

    public override bool Fits(Troupe cast) => cast.Members.Any(member => parts.Contains(member.Part));

    public override async Task<bool> StrikeAsync(Strike strike)
    {
        if (strike.Any(member => member.Turn, parts) is not { } member)
            return false;
        try
        {
            Fault fault = strike.Log.Begin(this, member, member.Life.Name, member.Life.Pid);
            member.Terminate();
            try
            {
                await member.EndAsync().WaitAsync(s_limit);
            }
            catch (TimeoutException)
            {
                // RQ's workers wait for an answer without end.
                if (member.Part != Part.Python)
                    find($"{fault}: it had not ended after {s_limit.TotalSeconds} s and was killed");
                member.Kill();
                await member.EndAsync();
            }

            member.Start();
            strike.Log.End(fault);
            return true;
        }
        finally
        {
            member.Turn.Release();
        }
    }
}

/// <summary>The clock of a process is wrong for some seconds.</summary>
internal sealed class ClockFault(int share) : FaultKind
{
    public override string Name => "clock-step";

    public override string Description => "the clock of a worker or scheduler of .NET is set by up to an hour, forth or back, and back after 1–8 s";

    public override int Share => share;

    public override bool Fits(Troupe cast) => true;

    public override async Task<bool> StrikeAsync(Strike strike)
    {
        if (strike.Any(member => member.Around, Part.InProcess, Part.Horse, Part.Fresh, Part.Scheduler) is not { } member)
            return false;
        try
        {
            using var clock = new Roles.SteppedTime(strike.Cast.ClockOf(member));
            Fault fault = strike.Log.Begin(this, member, member.Life.Name);
            clock.Offset = TimeSpan.FromSeconds((strike.Random.Next(2) == 0 ? -1 : 1) * Math.Pow(3600, strike.Random.NextDouble()));
            await Task.Delay(strike.Time(1, 8));
            clock.Offset = TimeSpan.Zero;
            strike.Log.End(fault);
            return true;
        }
        finally
        {
            member.Around.Release();
        }
    }
}

internal static class Parts
{
    public static string InWords(this Part part) => part switch
    {
        Part.InProcess => "worker that runs jobs in its process",
        Part.Horse => "worker with work horses",
        Part.Fresh => "worker with a process for each job",
        Part.Python => "worker of Python RQ",
        Part.Producer => "producer",
        _ => "scheduler",
    };
}
