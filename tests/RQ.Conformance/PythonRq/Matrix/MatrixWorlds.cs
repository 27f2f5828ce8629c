using System.Collections.Concurrent;
using Xunit;
using Xunit.v3;

namespace RQ.Conformance.PythonRq.Matrix;

/// <summary>The worlds of all combinations: each starts when its first cell is asked for.</summary>
public sealed class MatrixWorlds : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Combination, Start> _starts = new();

    /// <summary>One that does not start fails the first test that asks for it, and is said by it alone: the others are skipped.</summary>
    internal async Task<MatrixWorld> OfAsync(Combination combination)
    {
        Start start = _starts.GetOrAdd(combination, static key => new Start(key));
        try
        {
            return await start.World;
        }
        catch (Exception exception) when (!exception.Message.StartsWith(DynamicSkipToken.Value, StringComparison.Ordinal))
        {
            string what = $"The world did not start in which {combination.Enqueues} enqueues and {combination.Runs} runs, in {combination.Format}";
            if (!start.IsFirstToAsk())
                Assert.Skip(what + ": another test says why.");
            throw new InvalidOperationException($"{what}: {exception.Message}", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Start start in _starts.Values)
        {
            if (start.World.IsCompletedSuccessfully)
                await (await start.World).DisposeAsync();
        }
    }

    private sealed class Start(Combination combination)
    {
        private readonly Lazy<Task<MatrixWorld>> _world = new(() => MatrixWorld.StartAsync(combination));
        private int _asked;

        public Task<MatrixWorld> World => _world.Value;

        public bool IsFirstToAsk() => Interlocked.Increment(ref _asked) == 1;
    }
}
