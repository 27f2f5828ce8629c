using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>
/// A script with its keys and arguments, ready to be sent over the shared connection or over one of its own.
/// KEYS[1] is always the sentinel key and ARGV[1] always the time.
/// </summary>
internal sealed class ScriptCall(Script script, List<RedisKey> keys, List<RedisValue> arguments)
{
    public Script Script { get; } = script;

    public List<RedisKey> Keys { get; } = keys;

    public List<RedisValue> Arguments { get; } = arguments;
}
