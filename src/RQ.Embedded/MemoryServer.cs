namespace RQ.Embedded;

/// <summary>A server without a directory: its data ends with it, so nobody shares it.</summary>
internal sealed class MemoryServer : IServerLease
{
    private readonly GarnetHost _host;

    private MemoryServer(GarnetHost host) => _host = host;

    public ServerAccess Access => _host.Access;

    public bool IsOwner => true;

    public static async Task<MemoryServer> StartAsync(EmbeddedServerOptions options, CancellationToken cancellationToken)
    {
        var password = options.Password ?? LoopbackPort.NewPassword();
        return new MemoryServer(await GarnetHost.StartOnAnyPortAsync(null, options.Port, password, options, cancellationToken).ConfigureAwait(false));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
