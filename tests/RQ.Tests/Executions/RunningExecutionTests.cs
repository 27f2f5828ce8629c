using RQ.Executions;
using RQ.Jobs;
using RQ.Workers;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Tests.Executions;

public class RunningExecutionTests
{
    private readonly RunningExecution _running = Create("e");

    [Fact]
    public void A_run_is_stopped_before_its_end_is_claimed()
    {
        int stops = 0;
        _running.OnStop = () => stops++;

        _running.TryStop().ShouldBeTrue();
        _running.TryStop().ShouldBeFalse();

        (stops, _running.WasStopped).ShouldBe((1, true));
        _running.TryClaim(out bool wasStopped).ShouldBeTrue();
        wasStopped.ShouldBeTrue();
        _running.TryClaim(out _).ShouldBeFalse();
    }

    [Fact]
    public void A_run_whose_end_is_claimed_or_over_is_not_stopped()
    {
        _running.TryClaim(out bool wasStopped).ShouldBeTrue();
        wasStopped.ShouldBeFalse();
        _running.TryStop().ShouldBeFalse();
        _running.Token.IsCancellationRequested.ShouldBeFalse();

        RunningExecution givenBack = Create("b");
        givenBack.TryEnd().ShouldBeTrue();
        givenBack.TryStop().ShouldBeFalse();
        givenBack.IsOver.ShouldBeTrue();

        RunningExecution lost = Create("l");
        lost.Lose();
        (lost.IsOver, lost.TryStop(), lost.TryEnd()).ShouldBe((true, false, true));
    }

    [Fact]
    public void What_was_stopped_before_it_arrived_is_stopped_when_it_does()
    {
        var executions = new RunningExecutions();
        RunningExecution other = Create("other"), there = Create("there");
        executions.StopOnArrival("e");

        executions.Add(other);
        executions.Add(_running);
        executions.Add(there);
        executions.StopOnArrival("there");

        (other.WasStopped, _running.WasStopped, there.WasStopped).ShouldBe((false, true, true));
    }

    [Fact]
    public void A_run_that_was_stopped_stays_so_when_its_end_is_claimed()
    {
        _running.TryStop().ShouldBeTrue();
        _running.TryClaim(out _).ShouldBeTrue();

        _running.WasStopped.ShouldBeTrue();
    }

    [Fact]
    public void What_never_arrives_is_forgotten()
    {
        var executions = new RunningExecutions();
        executions.StopOnArrival("e");
        for (int i = 0; i < RunningExecutions.MostToStop; i++)
            executions.StopOnArrival($"other-{i}");

        executions.Add(_running);

        _running.WasStopped.ShouldBeFalse();
    }

    private static RunningExecution Create(string id) =>
        new(new Execution(id, "q", "w", JobHash.Read("j", RedisResult.Create(Array.Empty<RedisValue>())), DateTimeOffset.UnixEpoch));
}
