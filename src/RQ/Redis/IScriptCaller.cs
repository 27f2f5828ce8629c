using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>Sends script calls to the server, in the order in which they are made.</summary>
internal interface IScriptCaller
{
    /// <summary>Runs a script. A server that has forgotten it gets it again; one that is no primary any more is replaced by the one that is.</summary>
    Task<RedisResult> ExecuteAsync(ScriptCall call);
}
