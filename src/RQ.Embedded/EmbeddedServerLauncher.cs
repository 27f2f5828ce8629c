using RQ.Redis;

namespace RQ.Embedded;

/// <summary>What the core looks up by name to serve <c>embedded:</c> connections.</summary>
internal sealed class EmbeddedServerLauncher : IEmbeddedServerLauncher
{
    public async Task<IEmbeddedServer> StartAsync(string? directory, CancellationToken cancellationToken) =>
        await EmbeddedServer.StartAsync(directory, cancellationToken: cancellationToken).ConfigureAwait(false);
}
