using System.Globalization;
using RQ.Redis;

namespace RQ.Model.Rules;

/// <summary>
/// The whole state machine without a server: what each script call must change, and what it must answer, written down as plain rules over a
/// <see cref="Keyspace"/>. The rules follow docs/architecture.md; each part has the file that is named after it.
/// Times are those of <see cref="Keyspace.Now"/>, which the caller moves.
/// </summary>
/// <param name="prefix">What stands in front of every key.</param>
/// <param name="resultMode">How results are stored: <c>copy</c>, <c>stream</c> or <c>hash</c>.</param>
internal sealed partial class StateMachine(string prefix, string resultMode)
{
    private const long Year = RqTime.DefaultFailureTtl;

    /// <summary>What must be on the server now.</summary>
    public Keyspace Keys { get; } = new();

    /// <summary>Does what a call does.</summary>
    /// <returns>What of the answer is fixed, see <see cref="AnswerText"/>; <c>null</c> for nothing.</returns>
    public string? Apply(ScriptCall call)
    {
        var sent = new SentCall(call, prefix);
        return sent.Name switch
        {
            "enqueue" => Enqueue(sent),
            "enqueue_plain" => EnqueuePlain(sent),
            "take" => Take(sent),
            "finish" => Finish(sent),
            "fail" => Fail(sent),
            "give_back" => GiveBack(sent),
            "extend" => Extend(sent),
            "note" => Note(sent),
            "abandon" => Abandon(sent),
            "find_overdue" => FindOverdue(sent),
            "return_unstarted" => ReturnUnstarted(sent),
            "return_intermediate" => ReturnIntermediate(sent),
            "release" => Release(sent),
            "admit" => Admit(sent),
            "expire" => ExpireDeferred(sent),
            "cancel" => Cancel(sent),
            "delete" => Delete(sent),
            "empty" => Empty(sent),
            "forget_queue" => ForgetQueue(sent),
            "requeue" => Requeue(sent),
            "reschedule" => Reschedule(sent),
            "end_repeats" => EndRepeats(sent),
            "delete_results" => DeleteResults(sent),
            "hold_schedules" => HoldSchedules(sent),
            "let_go_schedules" => LetGoSchedules(sent),
            "promote" => Promote(sent),
            "register" => Register(sent),
            "renew_lease" => RenewLease(sent),
            "inspect_worker" => null,
            "unregister" => Unregister(sent),
            "prune" => Prune(sent),
            "prune_workers" => PruneWorkers(sent),
            "sweep" => Sweep(sent),
            "sweep_groups" => SweepGroup(sent),
            "compact" => Compact(sent),
            "elect" => Elect(sent),
            "read" => null,
            _ => throw new NotSupportedException($"The model has no rule for {sent.Name}.lua."),
        };
    }

    private static string List(params IEnumerable<object> parts) => $"[{string.Join(',', parts)}]";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static double? Parse(string? number) => double.TryParse(number, CultureInfo.InvariantCulture, out double value) ? value : null;

    /// <summary>As Lua's <c>%.3f</c> and <c>%.6f</c> do.</summary>
    private static double Rounded(double number, int digits) => double.Parse(number.ToString($"F{digits}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Whether a queue's list may be written to by a call: on a server that locks only what is declared it must be among the keys.</summary>
    private static Func<string, bool> MayTouch(SentCall sent, int argument) => list => sent.IsTrue(argument) || sent.Declares(list);
}
