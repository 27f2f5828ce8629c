using RQ.WorkHorses;
using Shouldly;
using Xunit;

namespace RQ.Tests.WorkHorses;

public class HorseExitTests
{
    [Theory]
    [InlineData(0, null, "waitpid returned 0; it exited with code 0")]
    [InlineData(3, 3, "waitpid returned 768; it exited with code 3")]
    [InlineData(137, null, "waitpid returned 9 (signal 9); it was ended by SIGKILL")]
    [InlineData(137, 137, "waitpid returned 35072; it exited with code 137")]
    [InlineData(139, null, "waitpid returned 11 (signal 11); it was ended by SIGSEGV")]
    [InlineData(128 + 31, null, "waitpid returned 31 (signal 31); it was ended by signal 31")]
    public void The_text_is_that_of_RQ_with_the_reason_in_words(int code, int? announced, string text) =>
        HorseExit.Of(code, announced).ToString().ShouldStartWith($"Work-horse terminated unexpectedly; {text}");

    [Theory]
    [InlineData(143, true)]
    [InlineData(130, true)]
    [InlineData(137, false)]
    [InlineData(1, false)]
    public void Only_polite_signals_are_requests(int code, bool isRequest) => HorseExit.Of(code, null).WasAsked.ShouldBe(isRequest);
}
