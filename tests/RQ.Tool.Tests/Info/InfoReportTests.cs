using RQ.Tool.Info;
using RQ.Tool.Terminal;

namespace RQ.Tool.Tests.Info;

/// <summary>CLI_2: bars and colours of <c>rq info</c>.</summary>
public class InfoReportTests
{
    [Theory]
    [InlineData(0, 80, 0)]
    [InlineData(20, 80, 20)]
    [InlineData(21, 80, 8)]
    [InlineData(50, 80, 20)]
    [InlineData(600, 80, 20)]
    [InlineData(601, 80, 15)]
    [InlineData(1000, 80, 20)]
    [InlineData(123456, 80, 20)]
    [InlineData(20, 30, 10)]
    [InlineData(20, 10, 0)]
    public void Bars_are_scaled_to_the_next_step_and_the_terminal(int jobs, int width, int cells)
    {
        string report = new InfoReport(new InfoSettings { OnlyQueues = true }, Paint.None, width).Write(Snapshot(new QueueInfo("q", jobs, 0, 0, 0, [])));

        report.ShouldBe($"q            |{new string('█', cells)} {jobs}, 0 executing, 0 finished, 0 failed\n1 queues, {jobs} jobs total\n");
    }

    [Fact]
    public void States_and_bars_have_RQs_colours()
    {
        var snapshot = new Snapshot(
            [new QueueInfo("q", 1, 0, 0, 0, ["a", "b", "c", "d"])],
            [Worker("a", "busy"), Worker("b", "idle"), Worker("c", "suspended"), Worker("d", "started")], DateTimeOffset.UnixEpoch);

        string report = new InfoReport(new InfoSettings { ByQueue = true }, new Paint(true), 80).Write(snapshot);

        report.ShouldContain("q            \e[32m|█\e[0m 1, 0 executing");
        report.ShouldContain("q: a (\e[31mbusy\e[0m), b (\e[32midle\e[0m), c (\e[33msuspended\e[0m), d (started)\n");
    }

    [Theory]
    [InlineData(0, "2026-11-25 10:38:09")]
    [InlineData(90_690, "2026-11-25 10:38:09.009069")]
    public void The_time_is_written_as_Python_does(int ticks, string written)
    {
        var snapshot = new Snapshot([], [], new DateTimeOffset(2026, 11, 25, 10, 38, 9, TimeSpan.FromHours(2)).AddTicks(ticks));

        new InfoReport(new InfoSettings(), Paint.None, 80).Write(snapshot).ShouldEndWith($"\n\nUpdated: {written}\n");
    }

    private static Snapshot Snapshot(params QueueInfo[] queues) => new(queues, [], DateTimeOffset.UnixEpoch);

    private static WorkerLine Worker(string name, string state) => new(name, "vm 127.0.0.1:1 2", state, ["q"], 0, 0);
}
