namespace RQ.Embedded;

/// <summary>A share in a running server; the last one disposed in a process stops or leaves it.</summary>
internal interface IServerLease : IAsyncDisposable
{
    /// <summary>How to reach the server.</summary>
    ServerAccess Access { get; }

    /// <summary>Whether it runs in this process.</summary>
    bool IsOwner { get; }
}

/// <summary>How to reach a server on the loopback address.</summary>
/// <param name="Port">Its port.</param>
/// <param name="Password">Its password; empty when it asks for none.</param>
internal sealed record ServerAccess(int Port, string Password);
