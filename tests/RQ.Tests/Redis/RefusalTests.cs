using RQ.Redis;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Tests.Redis;

/// <summary>What an error says, and what only a name in it says.</summary>
public class RefusalTests
{
    [Theory]
    [InlineData("READONLY You can't write against a read only replica.", true, false)]
    [InlineData("MOVED 3999 127.0.0.1:6381", true, false)]
    [InlineData("ERR Error running script (call to f_1): @user_script:12: @user_script: 12: -READONLY You can't write against a read only replica. ", true, false)]
    [InlineData("ASK 3999 127.0.0.1:6381", false, true)]
    [InlineData("TRYAGAIN Multiple keys request during rehashing of slot", false, true)]
    [InlineData("ERR TASK list", false, false)]
    [InlineData("WRONGTYPE rq:queue:TASK ASK MOVED list is a string and no list", false, false)]
    [InlineData("ERR WRONGTYPE rq:queue: READONLY is a string and no list script: f_1, on @user_script:42.", false, false)]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.", false, false)]
    public void A_code_is_one_only_as_a_word_and_never_in_the_name_of_a_wrong_key(string error, bool isElsewhere, bool isUnderWay)
    {
        Refusal.IsElsewhere(error).ShouldBe(isElsewhere);
        Refusal.IsUnderWay(error).ShouldBe(isUnderWay);
    }

    [Theory]
    [InlineData("LOADING Redis is loading the dataset in memory", true)]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.", true)]
    [InlineData("ERR no ROOM here", false)]
    [InlineData("WRONGTYPE rq:queue:OOM is a string and no list", false)]
    public void Waiting_mends_some_errors(string error, bool isPassing) =>
        ConnectionLoss.Is(new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, error)).ShouldBe(isPassing);
}
