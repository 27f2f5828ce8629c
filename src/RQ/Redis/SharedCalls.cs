using System.Diagnostics;
using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>Script calls over the shared connection, to the server that holds the namespace, wherever that is by now.</summary>
internal sealed class SharedCalls(RqConnection rq, PrimaryFinder primary) : IScriptCaller
{
    // Redirections are ours to follow. A slot that is moved key by key is for a while half here and half there, and a script that was sent after it (ASK) would
    // find ids whose jobs have not arrived yet. Sent to the owner it is refused as long as that lasts, since KEYS[1] never exists: so it waits for the end of the move.
    // Never to a replica: it may not have heard of what was just written.
    private const CommandFlags Flags = CommandFlags.NoRedirect | CommandFlags.DemandMaster;

    /// <summary>So often a server that is no primary any more, or has lost the slot, is looked for.</summary>
    private const int MostLooks = 3;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    public async Task<RedisResult> ExecuteAsync(ScriptCall call)
    {
        long began = Stopwatch.GetTimestamp();
        for (int looks = 0; ;)
        {
            try
            {
                return await EvaluateAsync(call).ConfigureAwait(false);
            }
            catch (RedisServerException exception) when (Refusal.IsElsewhere(exception) && looks < MostLooks)
            {
                // It has changed nothing.
                looks++;
                await primary.LookAsync().ConfigureAwait(false);
            }
            catch (RedisServerException exception) when (Refusal.IsUnderWay(exception) && Stopwatch.GetElapsedTime(began) < rq.CallTimeout)
            {
                await Task.Delay(s_pause, TimeProvider.System).ConfigureAwait(false);
            }
            catch (RedisConnectionException) when (rq.TakesAllForReplicas && Stopwatch.GetElapsedTime(began) < rq.CallTimeout)
            {
                await primary.LookAsync().ConfigureAwait(false);
                await Task.Delay(s_pause, TimeProvider.System).ConfigureAwait(false);
            }
            catch (RedisConnectionException exception) when (exception.FailureType == ConnectionFailureType.UnableToConnect && rq.IsCluster)
            {
                // That is also what becomes of an ASK which is not followed. Nothing was done.
                if (Stopwatch.GetElapsedTime(began) >= rq.CallTimeout)
                    throw Unreachable(exception);
                _ = primary.LookAsync();
                await Task.Delay(s_pause, TimeProvider.System).ConfigureAwait(false);
            }
            catch (RedisConnectionException) when (rq.HasSeveralServers)
            {
                // The next call finds the one that has taken over.
                _ = primary.LookAsync();
                throw;
            }
        }
    }

    private RedisConnectionException Unreachable(RedisConnectionException exception) => new(
        exception.FailureType, CommandFlags.None,
        $"The slot of the namespace '{rq.KeyPrefix}' is being moved to another node of the cluster, or its node cannot be reached. Nothing was done; try again later. {exception.Message}", exception);

    private async Task<RedisResult> EvaluateAsync(ScriptCall call)
    {
        RedisKey[] keys = [.. call.Keys];
        RedisValue[] arguments = [.. call.Arguments];
        IDatabase database = rq.Database;
        try
        {
            return await database.ScriptEvaluateAsync(call.Script.Hash, keys, arguments, Flags).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // EVAL teaches and runs it in one step: between SCRIPT LOAD and EVALSHA it could be forgotten again, and SCRIPT may be forbidden.
            object[] all = [call.Script.Source, keys.Length, .. keys.Cast<object>(), .. arguments.Cast<object>()];
            return await database.ExecuteAsync("EVAL", all, Flags).ConfigureAwait(false);
        }
    }
}
