namespace RQ.Embedded;

/// <summary>The directories this process has open: opening one again shares what is there.</summary>
internal static class SharedServers
{
    private static readonly Dictionary<string, Entry> Entries = new(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

    public static async Task<IServerLease> OpenAsync(string directory, EmbeddedServerOptions options, CancellationToken cancellationToken)
    {
        var path = Path.TrimEndingDirectorySeparator(directory);
        Entry entry;
        lock (Entries)
        {
            if (!Entries.TryGetValue(path, out entry!))
            {
                Entries.Add(path, entry = new Entry(path));
            }

            entry.Users++;
        }

        try
        {
            await entry.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                entry.Server ??= await DirectoryServer.OpenAsync(path, options, cancellationToken).ConfigureAwait(false);
                entry.Server.CheckWishes(options);
                return new Lease(entry, entry.Server);
            }
            finally
            {
                entry.Gate.Release();
            }
        }
        catch
        {
            await ReleaseAsync(entry).ConfigureAwait(false);
            throw;
        }
    }

    private static async ValueTask ReleaseAsync(Entry entry)
    {
        // Whoever opens the directory meanwhile waits at the gate, and finds either the running server or none.
        await entry.Gate.WaitAsync().ConfigureAwait(false);
        try
        {
            lock (Entries)
            {
                if (--entry.Users > 0)
                {
                    return;
                }

                Entries.Remove(entry.Path);
            }

            if (entry.Server is not null)
            {
                await entry.Server.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    private sealed class Entry(string path)
    {
        public string Path { get; } = path;

        public SemaphoreSlim Gate { get; } = new(1, 1);

        public DirectoryServer? Server { get; set; }

        public int Users { get; set; }
    }

    private sealed class Lease(Entry entry, DirectoryServer server) : IServerLease
    {
        public ServerAccess Access => server.Access;

        public bool IsOwner => server.IsOwner;

        public ValueTask DisposeAsync() => ReleaseAsync(entry);
    }
}
