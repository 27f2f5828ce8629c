using System.Net.Sockets;
using RQ.Executions;

namespace RQ.WorkHorses;

/// <summary>
/// The connection of this process, a work horse, to its worker. A thread of its own receives; when the worker is gone it ends the
/// process with everything it has started, whatever the job is doing.
/// </summary>
internal sealed class HorseLink
{
    /// <summary>How long a work horse that is no longer needed may take to end by itself.</summary>
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Action<HorseFrame>? _receiver;
    private int _isServing;

    private HorseLink(HorseChannel channel, HorseHello hello)
    {
        Channel = channel;
        Hello = hello;
    }

    public HorseChannel Channel { get; }

    public HorseHello Hello { get; }

    /// <summary>Ends when the worker has told this process to leave.</summary>
    public Task Left => _left.Task;

    /// <summary>Connects to the worker that has started this process as its work horse.</summary>
    /// <returns><c>null</c> when this process is none.</returns>
    public static HorseLink? Open()
    {
        if (Environment.GetEnvironmentVariable(HorseCommand.Variable) is not { Length: > 0 } path)
            return null;
        // What jobs start is no work horse.
        Environment.SetEnvironmentVariable(HorseCommand.Variable, null);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            Console.Error.WriteLine("The worker that started this work horse is gone.");
            Environment.Exit(1);
        }

        ProcessTree.Current.Lead();
        var channel = new HorseChannel(socket);
        if (channel.Receive() is not { Message: HorseMessage.Hello } hello)
        {
            ProcessTree.Current.KillOwn();
            return null;
        }

        var link = new HorseLink(channel, hello.Read(HorseHello.Read));
        new Thread(link.Receive) { IsBackground = true, Name = "rq work horse", Priority = ThreadPriority.AboveNormal }.Start();
        return link;
    }

    /// <summary>Whether it is for a worker of the program with this name, these queues and this key prefix.</summary>
    public bool IsFor(string? givenName, IReadOnlyList<string> queues, string keyPrefix) =>
        givenName == Hello.GivenName && queues.SequenceEqual(Hello.Queues) && keyPrefix == Hello.KeyPrefix;

    /// <summary>Whether this worker of the program is the one whose work horse this process is; true for one only.</summary>
    public bool TryServe(string? givenName, IReadOnlyList<string> queues, string keyPrefix) => IsFor(givenName, queues, keyPrefix) && Interlocked.Exchange(ref _isServing, 1) == 0;

    /// <summary>From here on messages go there, on the receiving thread.</summary>
    public void ReceiveBy(Action<HorseFrame> receiver)
    {
        _receiver = receiver;
        Channel.Send(HorseMessage.Ready);
    }

    private void Receive()
    {
        while (Channel.Receive() is { } frame)
        {
            if (frame.Message == HorseMessage.Leave)
            {
                Leave();
                return;
            }

            _receiver?.Invoke(frame);
        }

        ProcessTree.Current.KillOwn();
    }

    // What jobs have left running is left alone: it may be meant so. But it must not keep the process.
    private void Leave()
    {
        if (_receiver is null)
            Environment.Exit(0);
        _left.TrySetResult();
        using var never = new ManualResetEventSlim();
        never.Wait(s_farewell);
        Environment.Exit(0);
    }
}
