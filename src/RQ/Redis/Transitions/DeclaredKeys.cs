using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>
/// Some scripts learn only while they look which queue lists they must touch. They then change nothing and answer
/// <c>{"declare", key, …}</c>: see <c>declared.lua</c>.
/// </summary>
internal static class DeclaredKeys
{
    public static bool AreMissing(RedisResult[] answer) => answer.Length > 1 && (string?)answer[0] == "declare";

    /// <summary>Declares the keys that the script asked for, so that it can be sent again.</summary>
    public static void Add(ScriptCall call, RedisResult[] answer)
    {
        if (!AreMissing(answer))
            throw new RqException($"The script '{call.Script.Name}' gave an answer that is not understood.");
        foreach (RedisResult key in answer.Skip(1))
            call.Keys.Add((string)key!);
    }
}
