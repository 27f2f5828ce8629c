using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using RQ.Tool.Workers;

namespace RQ.Tool.Tests.Workers;

public sealed class WorkerLogTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();
    private readonly WorkerLog _log;
    private readonly ILogger _logger;

    public WorkerLogTests()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 25, 9, 5, 7, TimeSpan.Zero));
        time.SetLocalTimeZone(TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(1), "east", "east"));
        _log = new WorkerLog(time, null, _output, _errors);
        _logger = _log.CreateLogger("rq.worker");
    }

    [Fact]
    public void Lines_begin_with_the_local_time_LOG_2()
    {
        _logger.LogInformation("{Queue}: Job OK ({JobId})", "default", "run-1");

        _output.ToString().ShouldBe("10:05:07 default: Job OK (run-1)\n");
    }

    [Fact]
    public void Errors_and_worse_go_to_standard_error_LOG_1()
    {
        _logger.LogWarning("mended");
        _logger.LogError(new InvalidOperationException("bad\nthing"), "broken");
        _logger.LogCritical("lost");

        _output.ToString().ShouldBe("10:05:07 mended\n");
        _errors.ToString().ShouldBe("10:05:07 broken\nSystem.InvalidOperationException: bad\n  thing\n10:05:07 lost\n");
    }

    [Fact]
    public void A_warning_shows_no_stack_trace()
    {
        try
        {
            throw new IOException("gone");
        }
        catch (IOException exception)
        {
            _logger.LogWarning(exception, "mended");
        }

        _output.ToString().ShouldBe("10:05:07 mended\nSystem.IO.IOException: gone\n");
    }

    [Fact]
    public void A_job_cannot_write_a_line_of_its_own()
    {
        _logger.LogInformation("{Description}", "harmless\r\n10:05:08 default: Job OK (forged)\e[2J");

        _output.ToString().ShouldBe("10:05:07 harmless\\r\\n10:05:08 default: Job OK (forged)\\x1b[2J\n");
    }

    [Fact]
    public void A_line_that_cannot_be_written_is_left_out_and_work_goes_on()
    {
        using var log = new WorkerLog(TimeProvider.System, null, new FullDisk(), _errors);
        ILogger logger = log.CreateLogger("rq.worker");
        _errors.Dispose();

        logger.LogInformation("the disk is full");
        logger.LogError("nobody reads any more");
    }

    public void Dispose()
    {
        _log.Dispose();
        _output.Dispose();
        _errors.Dispose();
    }

    private sealed class FullDisk : StringWriter
    {
        public override void Write(string? value) => throw new IOException("No space left on device");
    }
}
