using Microsoft.Extensions.Logging;
using RQ.Tool.Workers;

namespace RQ.Tool.Tests.Workers;

public class LogFormatTests
{
    private static readonly LogLine s_line = new(new DateTimeOffset(2026, 3, 5, 15, 4, 9, 78, TimeSpan.FromHours(1)), LogLevel.Warning, "rq.worker", "gone");

    [Theory]
    [InlineData(null, null, "15:04:09 gone")]
    [InlineData("%(levelname)s:%(name)s:%(message)s", null, "WARNING:rq.worker:gone")]
    [InlineData("[%(levelname)-9s] %(message)6s", null, "[WARNING  ]   gone")]
    [InlineData("%(asctime)s,%(msecs)03d %(levelno)d 100%% %(message)s", "%Y-%m-%d %H:%M", "2026-03-05 15:04,078 30 100% gone")]
    [InlineData(null, "%a %d %b %y %I:%M:%S %p %j %z 5%%", "Thu 05 Mar 26 03:04:09 PM 064 +0100 5% gone")]
    [InlineData("{message} %(message)s", null, "{message} gone")]
    public void Lines_look_as_in_Python_LOG_2(string? format, string? date, string line) => LogFormat.Parse(format, date).Show(s_line).ShouldBe(line);

    [Theory]
    [InlineData("%(lineno)d %(message)s", null, "%(lineno)d")]
    [InlineData("%(message)r", null, "%(message)r")]
    [InlineData("%message", null, "%m")]
    [InlineData("%(message", null, "%(message")]
    [InlineData("100% %(message)s", null, "% ")]
    [InlineData("hello", null, "shows nothing")]
    [InlineData(null, "%Q", "%Q")]
    [InlineData(null, "%H:%", "'%'")]
    public void What_it_does_not_know_it_refuses_LOG_2(string? format, string? date, string told) =>
        Should.Throw<UsageException>(() => LogFormat.Parse(format, date)).Message.ShouldContain(told);

    [Theory]
    [InlineData("DEBUG", LogLevel.Debug)]
    [InlineData("info", LogLevel.Information)]
    [InlineData("Warning", LogLevel.Warning)]
    [InlineData("WARN", LogLevel.Warning)]
    [InlineData("ERROR", LogLevel.Error)]
    [InlineData("CRITICAL", LogLevel.Critical)]
    public void Levels_have_Pythons_names(string name, LogLevel level)
    {
        foreach (string option in new[] { "--logging_level", "--logging-level" })
        {
            WorkerSettings settings = CommandLine.Read<WorkerSettings>(option, name);
            LogLevels.Of(settings).ShouldBe(level);
        }

        LogLevels.Of(CommandLine.Read<WorkerSettings>("-v", "--logging-level", name)).ShouldBe(LogLevel.Debug);
        LogLevels.Of(CommandLine.Read<WorkerSettings>("-q", "--logging-level", name)).ShouldBe(LogLevel.Warning);
        Should.Throw<UsageException>(() => LogLevels.Of(CommandLine.Read<WorkerSettings>("--logging-level", "LOUD"))).Message.ShouldContain("--logging-level");
    }
}
