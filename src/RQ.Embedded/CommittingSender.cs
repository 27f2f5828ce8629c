using Garnet.common;
using Garnet.networking;
using Garnet.server;
using Tsavorite.core;

namespace RQ.Embedded;

/// <summary>Makes sessions whose answers leave only after what they report is on disk.</summary>
/// <remarks>
/// Garnet's own <c>WaitForCommit</c> waits after every single command of a script, and so made a script with four writes
/// take 0.5 ms alone and let eight clients do no more than one. Waiting once per answer, shared by all commands pipelined
/// before it, is four to fifteen times as fast.
/// </remarks>
internal sealed class CommittingSessions(ISessionProvider sessions, StoreApi store, WriteFailure failure) : ISessionProvider
{
    public MaxSizeSettings GetMaxSizeSettings => sessions.GetMaxSizeSettings;

    public IMessageConsumer GetSession(WireFormat wireFormat, INetworkSender networkSender) =>
        sessions.GetSession(wireFormat, new CommittingSender(networkSender, store, failure));
}

/// <summary>Waits for the append-only file before each answer; everything else is passed on.</summary>
internal sealed unsafe class CommittingSender(INetworkSender sender, StoreApi store, WriteFailure failure) : INetworkSender
{
    // When the disk is full where it says how far the log goes, and not in the log, Garnet does not tell who waits.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    public MaxSizeSettings GetMaxSizeSettings => sender.GetMaxSizeSettings;

    public string RemoteEndpointName => sender.RemoteEndpointName;

    public string LocalEndpointName => sender.LocalEndpointName;

    public bool SendResponse(int offset, int size)
    {
        Commit();
        return sender.SendResponse(offset, size);
    }

    public void SendResponse(byte[] buffer, int offset, int count, object context)
    {
        Commit();
        sender.SendResponse(buffer, offset, count, context);
    }

    // Blocks: so does all of Garnet's session code, which calls this on a thread of the pool.
    private void Commit()
    {
        var commit = store.CommitAOFAsync(CancellationToken.None);
        if (commit.IsCompletedSuccessfully)
        {
            return;
        }

        try
        {
            if (!commit.AsTask().Wait(Limit, failure.Token))
            {
                throw new TimeoutException($"A write has not ended for {Limit.TotalSeconds:0} s.");
            }
        }
        catch (Exception e) when (e is TimeoutException or AggregateException { InnerException: CommitFailureException })
        {
            // Thrown on, so that nobody gets an answer about what is not on disk: Garnet closes the connection.
            failure.Tell(e);
            throw;
        }
    }

    public bool IsLocalConnection() => sender.IsLocalConnection();

    public void Enter() => sender.Enter();

    public void EnterAndGetResponseObject(out byte* head, out byte* tail) => sender.EnterAndGetResponseObject(out head, out tail);

    public void Exit() => sender.Exit();

    public void ExitAndReturnResponseObject() => sender.ExitAndReturnResponseObject();

    public void GetResponseObject() => sender.GetResponseObject();

    public void ReturnResponseObject() => sender.ReturnResponseObject();

    public byte* GetResponseObjectHead() => sender.GetResponseObjectHead();

    public byte* GetResponseObjectTail() => sender.GetResponseObjectTail();

    public void SendCallback(object context) => sender.SendCallback(context);

    public void DisposeNetworkSender(bool waitForSendCompletion) => sender.DisposeNetworkSender(waitForSendCompletion);

    public void Throttle() => sender.Throttle();

    public bool TryClose() => sender.TryClose();

    public void Dispose() => sender.Dispose();
}
