using System.Globalization;
using System.Text;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Golden;

/// <summary>The comparer sees what it should: a golden snapshot, changed in one place, against itself.</summary>
public class GoldenComparerTests
{
    private const string Running = "running_then_finished/while the job runs";
    private const string Finished = "running_then_finished/job finished, worker idle";

    [Theory]
    [InlineData(Running)]
    [InlineData(Finished)]
    [InlineData("failed/after burst")]
    [InlineData("finished_results/after burst")]
    public void A_snapshot_does_not_differ_from_itself(string snapshot) => Compare(snapshot, _ => { }).ShouldBeEmpty();

    [Theory]
    [InlineData("created_at", "2026-11-25T10:34:50.4480631Z", "seven digits")]
    [InlineData("created_at", "2026-11-25T10:34:50.448063+00:00", "an offset")]
    [InlineData("created_at", "2026-11-25T09:34:50.448063Z", "another hour")]
    [InlineData("status", "queued", "another status")]
    [InlineData("timeout", "", "empty for something")]
    public void A_field_differs(string field, string value, string why)
    {
        Difference difference = Compare(Running, dump => SetField(dump, "rq:job:run-1", field, Encoding.UTF8.GetBytes(value))).ShouldHaveSingleItem(why);
        (difference.Key, difference.Field, difference.Kind).ShouldBe(("rq:job:run-1", field, DifferenceKind.Value));
    }

    [Fact]
    public void Another_call_differs_and_another_pickle_of_the_same_call_does_not()
    {
        byte[] same = CallData.Serialize(JobCall.To("fixture_tasks.wait_gate", "done"), JobSerializer.Pickle);
        CompareData(Compression.Deflate(same)).ShouldBeEmpty();
        CompareData(same).ShouldHaveSingleItem().Kind.ShouldBe(DifferenceKind.Plain);
        CompareData(CallData.Write(JobCall.To("fixture_tasks.wait_gate", "gone"), JobSerializer.Pickle)).ShouldHaveSingleItem().Field.ShouldBe("data");
        CompareData(CallData.Write(JobCall.To("fixture_tasks.wait_gate", "done"), JobSerializer.Json)).ShouldHaveSingleItem().Field.ShouldBe("data");

        static IReadOnlyList<Difference> CompareData(byte[] data) => Compare(Running, dump => SetField(dump, "rq:job:run-1", "data", data));
    }

    [Theory]
    [InlineData("1795602890.727477", 0)]
    [InlineData("1795602890.7", 0)]
    [InlineData("1795602890.0", 0)]
    [InlineData("1795602890.7270", 1)]
    [InlineData("1795602890", 1)]
    [InlineData("1795602890727", 1)]
    public void Unix_times_are_written_as_python_writes_them(string time, int differences) =>
        Compare(Running, dump => SetField(dump, "rq:execution:run-1:69f4b11eb2fa4057ae742bb7f08582c8", "last_heartbeat", Encoding.UTF8.GetBytes(time)))
            .Count.ShouldBe(differences);

    [Fact]
    public void Left_out_fields_and_keys_differ_by_kind()
    {
        Compare(Running, dump => Fields(dump, "rq:job:run-1").Remove("ended_at")).ShouldHaveSingleItem().Kind.ShouldBe(DifferenceKind.Empty);
        Compare(Running, dump => Fields(dump, "rq:job:run-1").Remove("origin")).ShouldHaveSingleItem().Kind.ShouldBe(DifferenceKind.Missing);
        Compare(Running, dump => SetField(dump, "rq:job:run-1", "new", [1])).ShouldHaveSingleItem().Kind.ShouldBe(DifferenceKind.Extra);
        Compare(Running, dump => dump.Remove("rq:workers")).ShouldHaveSingleItem().ToString().ShouldStartWith("rq:workers | - | Missing");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-30, 1)]
    [InlineData(30, 1)]
    [InlineData(0.5, 1)]
    public void Scores_are_compared_by_their_distance_to_the_run(double shift, int differences) =>
        Compare(Finished, dump => dump["rq:finished:default"] = new DumpedKey(-1, new DumpedSortedSet(new Dictionary<string, double> { ["run-1"] = 1795603390 + shift })))
            .Count.ShouldBe(differences);

    [Theory]
    [InlineData(499, 0)]
    [InlineData(480, 1)]
    [InlineData(600, 1)]
    [InlineData(-1, 1)]
    public void Times_to_live_are_compared_within_seconds(long ttl, int differences) =>
        Compare(Finished, dump => dump["rq:results:run-1"] = dump["rq:results:run-1"] with { Ttl = ttl }).Count.ShouldBe(differences);

    [Fact]
    public void The_same_random_id_must_stand_in_all_places()
    {
        string other = Guid.NewGuid().ToString("N");
        Compare(Running, dump => dump["rq:wip:default"] = new DumpedKey(-1, new DumpedSortedSet(new Dictionary<string, double> { ["run-1:" + other] = 1795602980 })))
            .ShouldHaveSingleItem().Kind.ShouldBe(DifferenceKind.Value);
    }

    private static IReadOnlyList<Difference> Compare(string snapshot, Action<Dictionary<string, DumpedKey>> change)
    {
        string[] parts = snapshot.Split('/');
        RedisDump golden = GoldenScenario.Load(parts[0]).Snapshot(parts[1]);
        var changed = new Dictionary<string, DumpedKey>(golden.Keys);
        SetField(changed, "rq:worker:fixture-worker", "pid", Encoding.UTF8.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        change(changed);
        return GoldenComparer.Compare(golden, new RedisDump(changed), TimeSpanOfRun.Of(golden));
    }

    private static void SetField(Dictionary<string, DumpedKey> dump, string key, string field, byte[] value) => Fields(dump, key)[field] = value;

    private static Dictionary<string, byte[]> Fields(Dictionary<string, DumpedKey> dump, string key)
    {
        var fields = new Dictionary<string, byte[]>(((DumpedHash)dump[key].Value).Fields);
        dump[key] = dump[key] with { Value = new DumpedHash(fields) };
        return fields;
    }
}
