using System.Net.Sockets;
using RQ.Executions;
using RQ.WorkHorses;
using Shouldly;
using Xunit;

namespace RQ.Tests.WorkHorses;

public sealed class FrameTests : IAsyncDisposable
{
    private readonly HorseListener _listener = new();

    public static TheoryData<int> Outcomes => [.. Enumerable.Range(0, s_outcomes.Length)];

    private static readonly Outcome[] s_outcomes =
    [
        new Outcome.Finished(null),
        new Outcome.Finished([]),
        new Outcome.Finished([1, 2, 3]),
        new Outcome.Failed(new Failure("it broke: ä€🎠\n  at Shop")),
        new Outcome.Failed(new Failure(""), IsListed: false),
        new Outcome.Retried(new Failure("again"), TimeSpan.FromSeconds(7), 2, AtFront: true),
        new Outcome.RetriedByItself(TimeSpan.Zero, 3, AtFront: false),
        new Outcome.RetriesExceeded(new Failure("too often")),
        new Outcome.Stopped(new Failure(Failure.StoppedText)),
        new Outcome.GivenBack(),
        new Outcome.GivenBack(new DateTimeOffset(2026, 11, 25, 10, 0, 0, TimeSpan.Zero)),
    ];

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task An_outcome_comes_across_as_it_was(int number)
    {
        Outcome outcome = s_outcomes[number];
        (HorseChannel worker, HorseChannel horse) = await ConnectAsync();
        horse.Send(HorseMessage.Ended, new OutcomeFrame(outcome, IsDirty: number % 2 == 0, IsLeaving: number % 3 == 0, Memory: number).Write);

        HorseFrame frame = worker.Receive()!;

        frame.Message.ShouldBe(HorseMessage.Ended);
        OutcomeFrame read = frame.Read(OutcomeFrame.Read);
        (read.IsDirty, read.IsLeaving, read.Memory).ShouldBe((number % 2 == 0, number % 3 == 0, number));
        if (outcome is Outcome.Finished finished)
            read.Outcome.ShouldBeOfType<Outcome.Finished>().Value.ShouldBe(finished.Value);
        else
            read.Outcome.ShouldBe(outcome);
    }

    [Fact]
    public async Task Large_frames_come_whole_and_in_order()
    {
        (HorseChannel worker, HorseChannel horse) = await ConnectAsync();
        string large = new('x', 3_000_000);
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                int number = i;
                await worker.SendAsync(HorseMessage.Run, writer =>
                {
                    writer.Write(number);
                    writer.Write(large);
                });
            }
        });

        for (int i = 0; i < 10; i++)
        {
            (int number, string text) = horse.Receive()!.Read(reader => (reader.ReadInt32(), reader.ReadString()));
            number.ShouldBe(i);
            text.Length.ShouldBe(large.Length);
        }

        await sending;
    }

    [Fact]
    public async Task What_waits_comes_with_the_next_frame_and_before_it()
    {
        (HorseChannel worker, HorseChannel horse) = await ConnectAsync();
        horse.Send(HorseMessage.Claimed, writer => writer.Write(7), waits: true);
        horse.Send(HorseMessage.Ended, writer => writer.Write("so"));

        HorseFrame first = worker.Receive()!;
        (first.Message, first.Read(reader => reader.ReadInt32())).ShouldBe((HorseMessage.Claimed, 7));
        HorseFrame second = worker.Receive()!;
        (second.Message, second.Read(reader => reader.ReadString())).ShouldBe((HorseMessage.Ended, "so"));
    }

    [Fact]
    public async Task Small_and_large_frames_follow_each_other()
    {
        (HorseChannel worker, HorseChannel horse) = await ConnectAsync();
        int[] lengths = [3, 20_000, 0, 2_000_000, 5, 16_379, 16_380, 1, 40_000, 7];
        Task sending = Task.Run(() =>
        {
            foreach (int length in lengths)
                horse.Send(HorseMessage.JobLog, writer => writer.Write(Enumerable.Range(0, length).Select(i => (byte)(i * 7)).ToArray()), waits: length == 5);
        });

        foreach (int length in lengths)
            worker.Receive()!.Body.ShouldBe(Enumerable.Range(0, length).Select(i => (byte)(i * 7)));
        await sending;
    }

    [Fact]
    public async Task A_frame_that_could_not_be_written_leaves_nothing_behind()
    {
        (HorseChannel worker, HorseChannel horse) = await ConnectAsync();
        await Should.ThrowAsync<FormatException>(() => worker.SendAsync(HorseMessage.Run, writer =>
        {
            writer.Write("half");
            throw new FormatException();
        }));
        await worker.SendAsync(HorseMessage.Leave);

        HorseFrame frame = horse.Receive()!;
        (frame.Message, frame.Body.Count).ShouldBe((HorseMessage.Leave, 0));
    }

    [Fact]
    public async Task A_work_horse_that_stands_still_holds_up_no_sender()
    {
        (HorseChannel worker, HorseChannel horse) = await ConnectAsync();
        // More than the socket holds, while nobody receives.
        Task[] sending = [.. Enumerable.Range(0, 40).Select(_ => worker.SendAsync(HorseMessage.Run, writer => writer.Write(new byte[15_000])))];
        sending[^1].IsCompleted.ShouldBeFalse();

        for (int i = 0; i < sending.Length; i++)
            horse.Receive()!.Body.Count.ShouldBe(15_000);
        await Task.WhenAll(sending);
    }

    [Fact]
    public async Task The_end_of_the_other_side_is_seen_also_in_the_middle_of_a_frame()
    {
        (HorseChannel worker, HorseChannel horse) = await ConnectAsync();
        worker.Dispose();
        horse.Receive().ShouldBeNull();

        using var listener = new HorseListener();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(listener.Path));
        using HorseChannel half = await listener.AcceptAsync(CancellationToken.None);
        await socket.SendAsync(new byte[] { 100, 0, 0, 0, (byte)HorseMessage.Ended, 1, 2, 3 });
        socket.Close();
        half.Receive().ShouldBeNull();
    }

    [Fact]
    public async Task What_is_no_frame_ends_the_connection()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_listener.Path));
        using HorseChannel worker = await _listener.AcceptAsync(CancellationToken.None);
        await socket.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        worker.Receive().ShouldBeNull();
    }

    [Fact]
    public void The_place_where_a_worker_listens_is_its_own_and_goes_with_it()
    {
        string directory = Path.GetDirectoryName(_listener.Path)!;
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(directory).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _listener.Dispose();
        Directory.Exists(directory).ShouldBeFalse();
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(HorseChannel Worker, HorseChannel Horse)> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_listener.Path));
        return (await _listener.AcceptAsync(CancellationToken.None), new HorseChannel(socket));
    }
}
