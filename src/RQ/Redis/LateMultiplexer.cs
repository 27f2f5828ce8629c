using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>A connection that is there, or that is made when it is first used. An attempt that failed is made again the next time.</summary>
internal sealed class LateMultiplexer
{
    private readonly Func<IConnectionMultiplexer>? _connect;
    private readonly Lock _lock = new();
    private volatile IConnectionMultiplexer? _made;

    public LateMultiplexer(IConnectionMultiplexer made) => _made = made;

    /// <param name="connect">Connects; blocks.</param>
    public LateMultiplexer(Func<IConnectionMultiplexer> connect) => _connect = connect;

    public bool IsMade => _made is not null;

    /// <exception cref="RedisConnectionException">It cannot be made.</exception>
    public IConnectionMultiplexer Value
    {
        get
        {
            if (_made is { } made)
                return made;
            lock (_lock)
                return _made ??= _connect!();
        }
    }
}
