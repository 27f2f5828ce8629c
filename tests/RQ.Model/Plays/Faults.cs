using RQ.Redis;
using StackExchange.Redis;

namespace RQ.Model.Plays;

/// <summary>Sends calls to the server; scripts can be changed on the way, to see whether the check finds it.</summary>
/// <param name="script">The script that is wrong.</param>
/// <param name="line">A line of it, as it is in the file or in what that includes.</param>
/// <param name="instead">What stands there instead.</param>
internal sealed class Faults(string script, string line, string instead)
{
    private readonly string _source = Changed(script, line, instead);
    private byte[]? _hash;

    /// <summary>The scripts as they are.</summary>
    public static Faults None { get; } = new("", "", "");

    public async Task<RedisResult> EvaluateAsync(IDatabase database, ScriptCall call)
    {
        RedisKey[] keys = [.. call.Keys];
        RedisValue[] arguments = [.. call.Arguments];
        if (call.Script.Name == script)
        {
            _hash ??= await LoadAsync(database, _source);
            return await database.ScriptEvaluateAsync(_hash, keys, arguments);
        }

        try
        {
            return await database.ScriptEvaluateAsync(call.Script.Hash, keys, arguments);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            await LoadAsync(database, call.Script.Source);
            return await database.ScriptEvaluateAsync(call.Script.Hash, keys, arguments);
        }
    }

    private static string Changed(string script, string line, string instead)
    {
        if (script.Length == 0)
            return "";
        string source = Script.Load(script).Source;
        int at = source.IndexOf(line, StringComparison.Ordinal);
        return at >= 0 ? source[..at] + instead + source[(at + line.Length)..] : throw new ArgumentException($"{script}.lua has no '{line}'.");
    }

    private static async Task<byte[]> LoadAsync(IDatabase database, string source) =>
        (byte[])Convert.FromHexString((string)(await database.ExecuteAsync("SCRIPT", "LOAD", source))!);
}
