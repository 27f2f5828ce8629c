using RQ.Redis;
using Shouldly;
using Xunit;

namespace RQ.Tests.Redis;

public class LateMultiplexerTests
{
    [Fact]
    public void A_connection_that_could_not_be_made_is_tried_again()
    {
        int attempts = 0;
        var late = new LateMultiplexer(() =>
        {
            attempts++;
            throw new TimeoutException($"attempt {attempts}");
        });

        late.IsMade.ShouldBeFalse();
        Should.Throw<TimeoutException>(() => late.Value).Message.ShouldBe("attempt 1");
        Should.Throw<TimeoutException>(() => late.Value).Message.ShouldBe("attempt 2");
        late.IsMade.ShouldBeFalse();
    }
}
