using RQ.Redis;
using StackExchange.Redis;

namespace RQ.Model.Plays;

/// <summary>
/// Something that a client does, which may be several calls. The library's own code runs; at each script call it stops until the play delivers
/// that call and gives the answer. So the calls of several clients come in any order that the play wants.
/// </summary>
internal sealed class Operation
{
    private static readonly AsyncLocal<Operation?> s_current = new();
    private TaskCompletionSource _stopped = new();
    private TaskCompletionSource<RedisResult>? _answer;

    private Operation(string text, string? worker)
    {
        Text = text;
        Worker = worker;
    }

    /// <summary>The command it comes from.</summary>
    public string Text { get; }

    /// <summary>The worker that does it; <c>null</c> for others.</summary>
    public string? Worker { get; }

    /// <summary>The call that waits to be delivered; <c>null</c> when it is done.</summary>
    public ScriptCall? Call { get; private set; }

    public Exception? Failure { get; private set; }

    /// <summary>Begins it: it runs up to its first call.</summary>
    public static async Task<Operation> BeginAsync(string text, string? worker, Func<Task> work)
    {
        var operation = new Operation(text, worker);
        _ = operation.RunAsync(work);
        await operation._stopped.Task;
        return operation;
    }

    /// <summary>What the connection calls instead of the server.</summary>
    public static Task<RedisResult> StopAtAsync(ScriptCall call)
    {
        Operation operation = s_current.Value ?? throw new InvalidOperationException($"{call.Script.Name} was called outside of a play.");
        operation.Call = call;
        operation._answer = new TaskCompletionSource<RedisResult>();
        operation._stopped.TrySetResult();
        return operation._answer.Task;
    }

    /// <summary>Gives the answer to the call that waits; it runs up to the next one, or to its end.</summary>
    public async Task GoOnAsync(RedisResult? answer, Exception? error)
    {
        TaskCompletionSource<RedisResult> waiting = _answer!;
        _stopped = new TaskCompletionSource();
        Call = null;
        if (error is not null)
            waiting.SetException(error);
        else
            waiting.SetResult(answer!);
        await _stopped.Task;
    }

    private async Task RunAsync(Func<Task> work)
    {
        s_current.Value = this;
        try
        {
            await work();
        }
        catch (Exception exception)
        {
            Failure = exception;
        }
        finally
        {
            Call = null;
            _stopped.TrySetResult();
        }
    }
}
