using RQ.Redis;
using StackExchange.Redis;

namespace RQ;

/// <content>Script calls.</content>
public sealed partial class RqConnection
{
    /// <summary>
    /// Runs a script over the shared connection. A server that has forgotten it (SCRIPT FLUSH, restart) gets it again; one that is no
    /// primary any more is replaced by the one that is.
    /// </summary>
    internal Task<RedisResult> ExecuteAsync(ScriptCall call) =>
        Interceptor is { } intercept ? intercept(call) : ExplainedAsync(call, _calls.ExecuteAsync(call));

    Task<RedisResult> IScriptCaller.ExecuteAsync(ScriptCall call) => ExecuteAsync(call);

    /// <summary>The same; when the answer was lost, the call is sent once more: every script is safe to be sent again.</summary>
    internal async Task<RedisResult> SendAsync(ScriptCall call)
    {
        try
        {
            return await ExecuteAsync(call).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisConnectionException or RedisTimeoutException)
        {
            return await ExecuteAsync(call).ConfigureAwait(false);
        }
    }

    /// <summary>The same for a call that enqueues what a program asked for: confirmed as the options say.</summary>
    internal async ValueTask<ConfirmedCalls.Stored> StoreAsync(ScriptCall call) => Confirmed is { } confirmed
        ? await ExplainedAsync(call, confirmed.ExecuteAsync(call)).ConfigureAwait(false)
        : new ConfirmedCalls.Stored(await SendAsync(call).ConfigureAwait(false), null);

    /// <exception cref="EnqueueNotConfirmedException">Something is missing to the confirmation of these jobs.</exception>
    internal void ThrowIfMissing(string? missing, IEnumerable<string> ids)
    {
        if (missing is not null)
            throw NotConfirmed(missing, [.. ids]);
    }

    internal EnqueueNotConfirmedException NotConfirmed(string missing, params IReadOnlyList<string> ids) => new(ids, missing, Durability!.Timeout);

    /// <summary>Begins a script call: the sentinel key and the time come first in every one.</summary>
    /// <param name="script">The script.</param>
    /// <param name="keys">About how many keys it will have.</param>
    /// <param name="arguments">About how many arguments it will have.</param>
    internal ScriptCall Call(Script script, int keys = 4, int arguments = 4) => new(
        script,
        new List<RedisKey>(keys) { Keys.Lock },
        new List<RedisValue>(arguments) { ScriptClock is { } clock ? clock() : RedisValue.EmptyString });

    /// <summary>What the server refuses, with the key or the right that it is about: its own words do not always say.</summary>
    private async Task<T> ExplainedAsync<T>(ScriptCall call, Task<T> answer)
    {
        try
        {
            return await answer.ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (KeyKinds.IsWrongKind(exception))
        {
            throw await KeyKinds.ExplainAsync(this, exception, call.Keys).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (MissingRight.Is(exception.Message))
        {
            throw MissingRight.Explain(exception.Message, call.Script);
        }
    }
}
