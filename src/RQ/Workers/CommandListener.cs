using RQ.Diagnostics;
using RQ.Jobs;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>Listens for commands to this worker on <c>rq:pubsub:{name}</c>, from Python or .NET. Commands it does not know or understand are ignored, as in RQ.</summary>
internal sealed class CommandListener(WorkerSetup setup, RunningExecutions running) : IAsyncDisposable
{
    private readonly CancellationTokenSource _shutdown = new();
    private ChannelMessageQueue? _messages;

    /// <summary>Signalled by the command <c>shutdown</c>.</summary>
    public CancellationToken Shutdown => _shutdown.Token;

    private string Channel => setup.Connection.Keys.Commands(setup.Name);

    public async Task StartAsync()
    {
        Log.Subscribing(setup.Log, setup.Name, Channel);
        ISubscriber subscriber = setup.Connection.Multiplexer.GetSubscriber();
        try
        {
            _messages = await subscriber.SubscribeAsync(RedisChannel.Literal(Channel)).ConfigureAwait(false);
        }
        catch
        {
            // It is noted in the connection all the same.
            await subscriber.UnsubscribeAsync(RedisChannel.Literal(Channel), flags: CommandFlags.FireAndForget).ConfigureAwait(false);
            throw;
        }

        _messages.OnMessage(message => ObeyAsync((string?)message.Message));
    }

    public async ValueTask DisposeAsync()
    {
        if (_messages is not null)
        {
            Log.Unsubscribing(setup.Log, setup.Name, Channel);
            await _messages.UnsubscribeAsync(CommandFlags.FireAndForget).ConfigureAwait(false);
        }

        _shutdown.Dispose();
    }

    private async Task ObeyAsync(string? payload)
    {
        Dictionary<string, string> command = WorkerCommands.Read(payload);
        switch (command.GetValueOrDefault("command"))
        {
            case "shutdown":
                Log.CommandReceived(setup.Log, setup.Name, "shutdown");
                _ = _shutdown.CancelAsync();
                break;
            case "stop-job" when command.TryGetValue("job_id", out string? job):
                await StopAsync("stop-job", job, null).ConfigureAwait(false);
                break;
            case "stop-execution" when command.TryGetValue("job_id", out string? job) && command.TryGetValue("execution_id", out string? execution):
                await StopAsync("stop-execution", job, execution).ConfigureAwait(false);
                break;
            case "kill-horse":
                Log.CommandReceived(setup.Log, setup.Name, "kill-horse");
                KillHorses();
                break;
        }
    }

    // What becomes of the jobs is decided where the processes are watched: they fail like those whose process died by itself.
    private void KillHorses()
    {
        RunningExecution[] inHorses = [.. running.All.Where(each => each.OnKill is not null)];
        if (inHorses.Length == 0)
            Log.KillHorseIgnored(setup.Log, setup.Name);
        // Not waited for: a process that cannot be killed must not make the worker deaf.
        foreach (RunningExecution each in inHorses)
            _ = KillAsync(each);
    }

    private async Task KillAsync(RunningExecution each)
    {
        Log.KillingHorse(setup.Log, setup.Name, each.Execution.JobId, each.Execution.Id);
        try
        {
            await each.KillAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.KillFailed(setup.Log, exception, setup.Name, each.Execution.JobId, each.Execution.Id);
        }
    }

    // The name is looked for among what runs at this moment, not in a slot: a late command hits nothing that came after.
    private async Task StopAsync(string command, string jobId, string? executionId)
    {
        Log.CommandReceived(setup.Log, setup.Name, command);
        bool isFound = false;
        foreach (RunningExecution each in running.All.Where(each => each.Execution.JobId == jobId && (executionId is null || each.Execution.Id == executionId)))
        {
            if (!each.TryStop())
                continue;
            isFound = true;
            Log.JobStopping(setup.Log, setup.Name, jobId, each.Execution.Id);
        }

        if (!isFound && await ArrivingAsync(jobId, executionId).ConfigureAwait(false) is { } arriving)
        {
            running.StopOnArrival(arriving);
            Log.JobStopping(setup.Log, setup.Name, jobId, arriving);
        }
        else if (!isFound)
        {
            Log.StopTooLate(setup.Log, setup.Name, command, jobId);
        }
    }

    /// <summary>The sender may have seen the job start before the worker did: then the server says that it runs here, and nothing here knows it yet.</summary>
    private async Task<string?> ArrivingAsync(string jobId, string? executionId)
    {
        try
        {
            JobHash job = await ReadJobs.ExecuteAsync(setup.Connection, jobId).ConfigureAwait(false);
            string? last = job.Text(JobFields.LastExecution);
            bool runsHere = job.Status == JobStatus.Started.ToText() && job.Text(JobFields.WorkerName) == setup.Name && last is not null && !running.Contains(last);
            return runsHere && (executionId is null || executionId == last) ? last : null;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            return null;
        }
    }
}
