using RQ.Jobs;
using RQ.Redis;
using StackExchange.Redis;

namespace RQ.Executions;

/// <summary>What a callback that is handed over is called with, when not all of it can be stored: it is called with less rather than not at all.</summary>
internal static class HandOverData
{
    /// <summary>Texts below this are not cut any more: what is too large then is something else.</summary>
    private const int ShortText = 32;

    /// <summary>Whether less data could be stored where this came up: it is too large, or it cannot be written. Not when the server is the reason.</summary>
    public static bool IsReason(Exception exception) =>
        exception is not (RedisException or RqException or OutOfMemoryException) && !ConnectionLoss.Is(exception);

    /// <summary>The same with less: in place of a result the text that is stored for one that cannot be, of a failure's message and text the beginning.</summary>
    /// <param name="on">The end that it is called for.</param>
    /// <param name="data">The result; or the exception's type, message and text.</param>
    /// <returns><c>null</c> when nothing can be left out.</returns>
    public static object?[]? Smaller(CallbackEvent on, object?[] data)
    {
        if (on == CallbackEvent.Success)
            return data is [ExecutionRunner.Unserializable] ? null : [ExecutionRunner.Unserializable];
        int longest = data.Length == 0 ? 0 : data.Max(each => (each as string)?.Length ?? 0);
        return longest <= ShortText ? null : Array.ConvertAll(data, each => each is string text ? Beginning(text, longest / 2) : each);
    }

    private static string Beginning(string text, int length)
    {
        if (text.Length <= length)
            return text;
        return text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }
}
