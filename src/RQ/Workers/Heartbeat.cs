using System.Net.Sockets;
using RQ.Diagnostics;
using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>
/// Keeps the worker's lease and its executions alive, from a thread and over a connection of its own: it must beat while the
/// thread pool is starved by jobs, when asynchronous calls no longer come through.
/// </summary>
internal sealed class Heartbeat(WorkerSetup setup, RunningExecutions running, Registration registration, Maintenance maintenance) : IDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_callTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long others are given after connections were lost for a moment: whoever lives has a lease that lasts about as long, and connects again
    /// within a second or two.
    /// </summary>
    private static readonly TimeSpan s_reconnectingTime = 2 * WorkerRecord.RenewEvery;

    /// <summary>
    /// How long Python's workers are given after a stall of the server: they beat every 30 s by default, so that this is when the last
    /// of them has had its turn.
    /// </summary>
    private static readonly TimeSpan s_pythonsTurn = TimeSpan.FromSeconds(30);

    /// <summary>The record of an idle worker needs a beat well within what is left of it after each job, 480 s at most.</summary>
    private static readonly TimeSpan s_recordEvery = TimeSpan.FromSeconds(30);

    private readonly TimeSpan _extendEvery = setup.Options.MonitoringInterval;
    private readonly ManualResetEventSlim _stop = new();
    private RespConnection? _connection;
    private Thread? _thread;
    private long _lastRenewal;
    private DateTimeOffset _lastServerTime;
    private long _judgeFrom;
    private long _judgePythonFrom;
    private long _nextRecord;
    private long _lookAt = long.MaxValue;
    private bool _isAway;
    private bool _wasSilent;

    /// <summary>Connects, so that a server that cannot be reached is noticed at the start.</summary>
    /// <returns>The address of this end. The connection carries the worker's name, as RQ's does.</returns>
    /// <exception cref="IOException">The server cannot be reached.</exception>
    public string Open()
    {
        _connection = RespConnection.Connect(setup.Connection.PrimaryEndpoint(), setup.Name, s_callTimeout);
        return _connection.LocalAddress;
    }

    /// <summary>Asks the server something, before <see cref="Start"/>.</summary>
    /// <exception cref="IOException">The connection was lost.</exception>
    public RedisResult Ask(params ReadOnlySpan<RedisValue> command)
    {
        _connection!.Write(command);
        _connection.Flush();
        return _connection.Receive();
    }

    public void Start()
    {
        _lastRenewal = setup.Time.GetTimestamp();
        PostponeJudging(WorkerRecord.LeaseTime, TimeSpan.Zero);
        _thread = new Thread(Run) { IsBackground = true, Name = "rq heartbeat", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    public void Stop()
    {
        _stop.Set();
        _thread?.Join();
    }

    public void Dispose()
    {
        _connection?.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        while (!_stop.Wait(UntilNextBeat()))
        {
            try
            {
                Beat();
                _isAway = false;
                if (_wasSilent)
                    setup.Pulse.HeardAgain();
                _wasSilent = false;
            }
            catch (RedisServerException exception) when (!ConnectionLoss.Is(exception))
            {
                // It answers. What is wrong there a new connection does not mend, and to judge nobody would not help either.
                if (!_isAway)
                    Log.HeartbeatFailed(setup.Log, exception, setup.Name);
                _isAway = true;
            }
            catch (Exception exception)
            {
                _connection?.Dispose();
                _connection = null;
                _lookAt = long.MaxValue;
                _wasSilent |= exception.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock };
                if (!_isAway)
                    Log.HeartbeatFailed(setup.Log, exception, setup.Name);
                _isAway = true;
            }
        }
    }

    private void Beat()
    {
        if (_connection is null)
        {
            Open();
            // That this took long, Renew sees.
            PostponeJudging(s_reconnectingTime, s_pythonsTurn);
            Renew();
        }
        else if (setup.Time.GetTimestamp() >= _lookAt || setup.Time.GetElapsedTime(_lastRenewal) >= WorkerRecord.RenewEvery - s_tick / 2)
        {
            Renew();
        }

        if (_connection is not null)
            ExtendDue();
    }

    private void Renew()
    {
        long sentAt = setup.Time.GetTimestamp();
        WorkerRecord.Renewal renewal = WorkerRecord.ReadRenewal(_connection!.Execute(WorkerRecord.RenewCall(setup.Connection, setup.Name, setup.Incarnation)));
        // A server that stalled or restarted made every lease look old, ours too: then nobody is judged for a while.
        // The same when the server's clock was set: it then passes at another rate than ours.
        TimeSpan elapsed = setup.Time.GetElapsedTime(_lastRenewal);
        TimeSpan step = _lastServerTime == default ? TimeSpan.Zero : renewal.ServerTime - _lastServerTime - elapsed;
        if (elapsed > 2 * WorkerRecord.RenewEvery || step.Duration() > WorkerRecord.RenewEvery)
            PostponeJudging(WorkerRecord.LeaseTime, s_pythonsTurn);
        _lastServerTime = renewal.ServerTime;
        _lastRenewal = setup.Time.GetTimestamp();
        // When a worker seems to have died, the next look comes right when its lease has run out.
        _lookAt = renewal.NextExpiry is { } expiry ? setup.Time.GetTimestamp() + Ticks(expiry + TimeSpan.FromMilliseconds(20)) : long.MaxValue;
        if (renewal.IsHeld)
            setup.Pulse.Renewed(sentAt);
        bool mayJudge = setup.Time.GetTimestamp() >= _judgeFrom;
        if (!renewal.IsHeld)
        {
            // Others may have recovered what runs here: the next heartbeat finds out.
            foreach (RunningExecution each in running.All)
                each.NextHeartbeat = 0;
            _ = Task.Run(registration.RestoreAsync);
        }

        maintenance.Leftovers.Observe(_judgePythonFrom);
        maintenance.Report(mayJudge ? renewal : renewal with { Expired = [] });
        if (setup.Connection.HasSeveralServers)
            FollowPrimary();
    }

    /// <summary>A server that stood still while another one took over answers on, and takes itself for the primary: nothing but this look tells.</summary>
    private void FollowPrimary()
    {
        setup.Link.Follow();
        if (!setup.Connection.IsElsewhere(_connection!.Address))
            return;
        _connection.Dispose();
        _connection = null;
        _lookAt = long.MaxValue;
        setup.Pulse.HeardAgain();
    }

    private TimeSpan UntilNextBeat()
    {
        TimeSpan untilLook = _lookAt == long.MaxValue ? s_tick : setup.Time.GetElapsedTime(setup.Time.GetTimestamp(), _lookAt);
        return untilLook < TimeSpan.Zero ? TimeSpan.Zero : untilLook < s_tick ? untilLook : s_tick;
    }

    /// <param name="workers">How long no worker is judged.</param>
    /// <param name="python">How much longer no worker of Python's is.</param>
    private void PostponeJudging(TimeSpan workers, TimeSpan python)
    {
        long now = setup.Time.GetTimestamp();
        _judgeFrom = Math.Max(_judgeFrom, now + Ticks(workers));
        _judgePythonFrom = Math.Max(_judgePythonFrom, now + Ticks(WorkerRecord.LeaseTime + python));
    }

    private void ExtendDue()
    {
        long now = setup.Time.GetTimestamp();
        RunningExecution[] due = [.. running.All.Where(each => each.NextHeartbeat <= now).Take(500)];
        if (due.Length == 0 && now < _nextRecord)
            return;
        foreach (RunningExecution each in due)
            each.Execution.MarkHeartbeat();

        DateTimeOffset at = setup.Time.GetUtcNow();
        Execution[] executions = Array.ConvertAll(due, each => each.Execution);
        Extend.Answer answer = Extend.Read(_connection!.Execute(
            Extend.Call(setup.Connection, setup.Name, executions, setup.Options.MonitoringInterval, setup.Options.WorkerTtl)));
        _nextRecord = now + Ticks(_extendEvery < s_recordEvery ? _extendEvery : s_recordEvery);
        for (int i = 0; i < due.Length; i++)
        {
            // Only now: of a beat without an answer nobody knows whether it came.
            due[i].NextHeartbeat = now + Ticks(Extend.NextAfter(due[i].Execution, at, _extendEvery));
            if (answer.Verdicts[i] is Verdict.Lost or Verdict.Gone && running.Contains(due[i].Execution.Id))
            {
                Log.ExecutionLost(setup.Log, setup.Name, due[i].Execution.JobId, due[i].Execution.Id);
                due[i].Lose();
            }
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * setup.Time.TimestampFrequency);
}
