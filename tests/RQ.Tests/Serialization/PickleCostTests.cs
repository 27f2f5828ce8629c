using System.Text;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>
/// What the most expensive pickles cost: 400 ms of a slow processor and 64 MB at most, and above that little for each byte. None of them ends the process.
/// </summary>
public class PickleCostTests
{
    private const long BytesPerByte = 64;
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan SoonPerMegabyte = TimeSpan.FromMilliseconds(1600);

    private static readonly Dictionary<string, Func<string>> Rows = new()
    {
        ["__newobj_ex__ of itself, of itself"] = () => "ccopyreg\n__newobj_ex__\nq\0" + Times("h\0", 200_000) + ")" + Times("}\u0087", 200_000) + "R.",
        ["__newobj__ of itself, of itself"] = () => "ccopyreg\n__newobj__\nq\0(" + Times("h\0", 40_000) + "tR0V" + Times("x", 3_000_000) + "\n.",
        ["_reconstructor of itself"] = () => "ccopyreg\n_reconstructor\nq\0" + Times("h\0h\0", 100_000) + ")" + Times("\u0087", 100_000) + "R.",
        ["a tzoffset in a tzoffset"] = () => "cdateutil.tz.tz\ntzoffset\nq\0V_offset\nq\u0001" + Times("h\0)\u0081}h\u0001", 100_000) + "N" + Times("sb", 100_000) + ".",
        ["a tzlocal in a tzlocal"] = () => "cdateutil.tz.tz\ntzlocal\nq\0V_hasdst\nq\u0001" + Times("h\0)\u0081}h\u0001", 100_000) + "N" + Times("sb", 100_000) + ".",
        ["a long key merged again and again"] = () => "}V" + Times("x", 100_000) + "\nNs}\u0086q\0cmine\nT\n)\u0081" + Times("h\0b", 100_000) + ".",
        ["a long key in many exceptions"] = () =>
            "}V" + Times("x", 100_000) + "\nNsq\0cbuiltins\nKeyError\nq\u0001cmine\nT\nq\u0002" + Times("h\u0002h\u0001)\u0081h\0b\u0085R0", 30_000) + "N.",
        ["a long key given after the state"] = () =>
            "}q\0cbuiltins\nKeyError\nq\u0001](" + Times("h\u0001)\u0081h\0b", 30_000) + "eh\0V" + Times("x", 100_000) + "\nNs0.",
        ["dicts"] = () => "(" + Times("}", 1_200_000) + "t.",
        ["dicts of one"] = () => "(" + Times("}NNs", 600_000) + "t.",
        ["sets"] = () => "(" + Times("\u008f", 1_200_000) + "t.",
        ["lists"] = () => "(" + Times("]", 1_200_000) + "t.",
        ["nothing at all, often"] = () => "(" + Times("N", 1_000_000) + "t.",
        ["marks"] = () => Times("(", 1_000_000) + ".",
        ["ranges"] = () => "V" + Times("x", 1_000_000) + "\n0cbuiltins\nrange\n(K\0J\u00a0\u0086\u0001\0K\u0001tq\u00010(" + Times("cbuiltins\nrange\nh\u0001R", 150) + "t.",
        ["a shared list, often"] = () => "](" + Times("N", 1_000) + "eq\0](" + Times("h\0", 100_000) + "e.",
        ["a slot far away"] = () => "Nr\u0040\u0042\u000f\0V" + Times("x", 1_000_000) + "\n.",
        ["names of long texts"] = () => "V" + Times("x", 350) + "\nq\0(" + Times("h\0h\0\u0093", 100_000) + "t.",
        ["members of long names"] = () => "Vx\nq\0cbuiltins\ngetattr\nq\u0001c" + Times("x", 380) + "\nT\nq\u0002(" + Times("h\u0001h\u0002h\0\u0086R", 60_000) + "t.",
        ["times that are none, of subclasses"] = () => "cmine\nThing\nq\0C\u0004ÿÿÿÿq\u0001(" + Times("h\0h\u0001\u0085R", 100_000) + "t.",
        ["times before all times, of subclasses"] = () =>
            "cmine\nThing\nq\0C\n\0\u0001\u0001\u0001\0\0\0\0\0\0cpytz\n_FixedOffset\nK\u003c\u0085R\u0086q\u0001(" + Times("h\0h\u0001R", 100_000) + "t.",
        ["a long text in many arrays"] = () =>
            "cnumpy.core.multiarray\n_reconstruct\nq\0cnumpy\nndarray\nK\0\u0085C\u0001b\u0087q\u0001(K\u0001K\u0001\u0085cnumpy\ndtype\nVU65536\n\u0085R\u0089B\0\0\u0004\0" + Times("a\0\0\0", 65_536)
            + "tq\u0002(" + Times("h\0h\u0001Rh\u0002b", 50_000) + "t.",
        ["fractions of many digits"] = () => "\u008b\u0090\u0001\0\0" + Times("7", 400) + "q\0h\0\u0086q\u0001cfractions\nFraction\nq\u0002](" + Times("h\u0002h\u0001R", 100_000) + "e.",
        ["decimals of many digits"] = () => "V" + Times("7", 9_999) + "\n\u0085q\u0001cdecimal\nDecimal\nq\u0002](" + Times("h\u0002h\u0001R", 50_000) + "e.",
        ["keys that are no number"] = () => "}(" + Times("Fnan\nN", 100_000) + "u.",
    };

    public static TheoryData<string> Names => new(Rows.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Costs_little(string row)
    {
        var pickle = Encoding.Latin1.GetBytes(Rows[row]());
        CostsLittle(() => Read(pickle), pickle.Length);
    }

    [Fact]
    public void Json_costs_little()
    {
        foreach (var text in new[] { "[" + Times("{},", 1_200_000) + "1]", "[" + Times("1,", 1_000_000) + "1]" })
        {
            var json = Encoding.ASCII.GetBytes(text);
            CostsLittle(() => Refused(() => JobSerializer.Json.Deserialize(json)), json.Length);
        }
        Refused(() => JobSerializer.Json.Deserialize(Encoding.ASCII.GetBytes("[" + Times("{},", 1_200_000) + "1]"))).ShouldContain("too much memory");
    }

    [Theory]
    [InlineData("dicts", "too much memory")]
    [InlineData("ranges", "too")]
    [InlineData("a shared list, often", "unfolds")]
    [InlineData("__newobj_ex__ of itself, of itself", "copyreg.__newobj_ex__")]
    [InlineData("a tzoffset in a tzoffset", "dateutil.tz.tz.tzoffset")]
    public void Says_why_it_is_refused(string row, string reason) => PickleReaderTests.Refusal(Encoding.Latin1.GetBytes(Rows[row]())).ShouldContain(reason);

    [Fact]
    public void An_integer_has_ten_thousand_digits_at_most()
    {
        PickleReader.Read(PickleWriter.Write(System.Numerics.BigInteger.Pow(10, 9_990))).ShouldBe(System.Numerics.BigInteger.Pow(10, 9_990));
        PickleReaderTests.Refusal(PickleWriter.Write(System.Numerics.BigInteger.Pow(10, 10_010))).ShouldContain("integer of more than");
    }

    [Fact]
    public void A_time_that_overflows_in_its_zone_is_unreadable_data()
    {
        // A tzoffset whose offset is the shortest TimeSpan there is.
        const string pickle = "cdateutil.tz.tz\ntzoffset\n)\u0081}V_offset\ncnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(Vm8\ntR(K\u0003V<\nNNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\0(}(C\u0002nsK\u00c8K\u0001K\u0001tttbC\u0008\0\0\0\0\0\0\0\u00c0tRsb.";
        PickleReaderTests.Refusal(Encoding.Latin1.GetBytes(pickle)).ShouldContain("tzoffset");
        Should.Throw<UnreadableDataException>(() => JobSerializer.Pickle.Deserialize(Encoding.Latin1.GetBytes(pickle)));
    }

    [Fact]
    public void Slots_are_found_wherever_they_are_numbered()
    {
        var far = "K\u0007r\u00e8\u0003\0\0K\u0008\u0094V" + Times("x", 1_000) + "\n0\u0086j\u00e8\u0003\0\0h\u0001\u0087.";
        PickleData.Of(PickleReader.Read(Encoding.Latin1.GetBytes("(" + far.Replace("\u0086", "", StringComparison.Ordinal).Replace("\u0087", "t", StringComparison.Ordinal))))
            .ShouldBe("t[i:7, i:8, i:7, i:8]");
    }

    private static void CostsLittle(Action action, int length)
    {
        var soon = Soon + (SoonPerMegabyte * (length / 1_000_000.0));
        var (processor, bytes) = ThreadCost.LeastOf(action, soon);
        processor.ShouldBeLessThan(soon);
        bytes.ShouldBeLessThan(64_000_000 + (BytesPerByte * length));
    }

    private static string Refused(Func<object?> read)
    {
        try
        {
            read();
            return "";
        }
        catch (UnreadableDataException exception)
        {
            return exception.Message;
        }
    }

    private static void Read(byte[] pickle)
    {
        try
        {
            PickleReader.Read(pickle);
        }
        catch (PickleException)
        {
            // As good as a value.
        }
    }

    private static string Times(string text, int times) => new StringBuilder().Insert(0, text, times).ToString();
}
