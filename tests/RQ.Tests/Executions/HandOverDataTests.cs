using RQ.Executions;
using RQ.Jobs;
using Shouldly;
using Xunit;

namespace RQ.Tests.Executions;

public class HandOverDataTests
{
    [Fact]
    public void In_place_of_a_result_goes_the_text_for_one_that_cannot_be_stored()
    {
        HandOverData.Smaller(CallbackEvent.Success, [new byte[10]]).ShouldBe(["Unserializable return value"]);
        HandOverData.Smaller(CallbackEvent.Success, ["Unserializable return value"]).ShouldBeNull();
    }

    [Fact]
    public void Of_a_failure_the_longest_texts_are_cut_until_all_are_short()
    {
        object?[]? data = ["System.Exception", new string('m', 100), new string('t', 1000)];

        data = HandOverData.Smaller(CallbackEvent.Failure, data)!;
        data.Select(text => ((string)text!).Length).ShouldBe([16, 100, 500]);
        for (int i = 0; i < 4; i++)
            data = HandOverData.Smaller(CallbackEvent.Failure, data)!;
        data.Select(text => ((string)text!).Length).ShouldBe([16, 31, 31]);
        HandOverData.Smaller(CallbackEvent.Failure, data).ShouldBeNull();
    }

    [Fact]
    public void No_character_is_cut_in_two()
    {
        string text = new string('x', 49) + "\U0001F600" + new string('x', 49);
        ((string)HandOverData.Smaller(CallbackEvent.Failure, ["T", text, text])![1]!).ShouldBe(new string('x', 49));
    }

    [Fact]
    public void A_stopped_job_has_nothing_to_leave_out() => HandOverData.Smaller(CallbackEvent.Stopped, []).ShouldBeNull();

    [Fact]
    public void A_server_that_refuses_is_no_reason_to_leave_anything_out()
    {
        HandOverData.IsReason(new ArgumentException("no")).ShouldBeTrue();
        HandOverData.IsReason(new InvalidOperationException("a property that throws")).ShouldBeTrue();
        HandOverData.IsReason(new RqException("refused")).ShouldBeFalse();
        HandOverData.IsReason(new IOException("gone")).ShouldBeFalse();
    }
}
