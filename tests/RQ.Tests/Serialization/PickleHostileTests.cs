using System.Text;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>Whatever the bytes are: a value or a <see cref="PickleException"/>, and soon.</summary>
public class PickleHostileTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(2400);

    [Theory]
    [InlineData("cos\nsystem\n(S'id'\ntR.", "'os.system'")]
    [InlineData("c__builtin__\neval\n(S'1'\ntR.", "'builtins.eval'")]
    [InlineData("cbuiltins\ngetattr\n(cdatetime\ndatetime\nVnow\ntR.", "'builtins.getattr'")]
    [InlineData("cbuiltins\nlist\n((tR.", "damaged")]
    [InlineData("cbuiltins\nlist\n(tR.", "'builtins.list'")]
    [InlineData("cbuiltins\nrange\n(K\0I100001\nK\u0001tR.", "range of 100001 numbers")]
    [InlineData("cbuiltins\nrange\n(I-9223372036854775808\nI9223372036854775807\nK\u0001tR.", "range of 18446744073709551615 numbers")]
    [InlineData("cbuiltins\nrange\n(K\0K\u0001K\0tR.", "'builtins.range'")]
    [InlineData("ccopy_reg\n_reconstructor\n(cuuid\nUUID\nc__builtin__\nobject\nNtR.", "'uuid.UUID' without its number")]
    [InlineData("(ios\nsystem\n.", "'os.system'")]
    [InlineData("(cdatetime\ndate\no.", "'datetime.date'")]
    [InlineData("cuuid\nUUID\n.", "'uuid.UUID' itself")]
    [InlineData("\u0080\u0002cuuid\nUUID\n)\u0081.", "'uuid.UUID' without its number")]
    [InlineData("\u0080\u0002cuuid\nUUID\n)\u0081}X\u0003\0\0\0intJ\u00ff\u00ff\u00ff\u00ffsb.", "'uuid.UUID'")]
    [InlineData("\u0080\u0002cuuid\nUUID\n)}\u0081.", "damaged")]
    [InlineData("\u0080\u0004cuuid\nUUID\n)}\u008c\u0001aNs\u0092.", "keyword arguments")]
    [InlineData("]}b.", "attributes")]
    [InlineData("Ppid\n.", "persistent id")]
    [InlineData("\u0080\u0002\u0082\u0001.", "extension registry")]
    [InlineData("\u0080\u0005\u0097.", "out-of-band")]
    [InlineData("\u0080\u0006N.", "protocol 6")]
    [InlineData("[1, 2]", "no opcode")]
    [InlineData("", "empty")]
    [InlineData(".", "never written")]
    [InlineData("(.", "never written")]
    [InlineData("(K", "cut short")]
    [InlineData("t.", "never opened")]
    [InlineData("N(R.", "never written")]
    [InlineData("h\u0005.", "value 5")]
    [InlineData("Nr\u00ff\u00ff\u00ff\u00ff.", "4294967295")]
    [InlineData("Np99999999999\n.", "no reference")]
    [InlineData("(Nd.", "a key without a value")]
    [InlineData("}]Ns.", "Python does not allow")]
    [InlineData("NNa.", "no list, dict or set")]
    [InlineData("\u008f(\u008f\u0090.", "Python does not allow")]
    [InlineData("(\u0091(N\u0090.", "adds to a frozenset")]
    [InlineData("cdatetime\ndate\n(V\0\0\0\0\ntR.", "'datetime.date'")]
    [InlineData("cdatetime\ntimedelta\n(I9999999999\nI0\nI0\ntR.", "'datetime.timedelta'")]
    [InlineData("I12x\n.", "no integer")]
    [InlineData("Fx\n.", "no float")]
    [InlineData("Sx\n.", "no string")]
    [InlineData("V\\u12\n.", "no string")]
    [InlineData("V\\Uffffffff\n.", "no string")]
    public void Is_refused_with_the_reason(string pickle, string reason) =>
        PickleReaderTests.Refusal(Encoding.Latin1.GetBytes(pickle)).ShouldContain(reason);

    [Theory]
    [InlineData("8b00000080")]
    [InlineData("8bffffff7f")]
    [InlineData("58ffffffff")]
    [InlineData("8dffffffffffffffff")]
    [InlineData("8dffffffffffffff7f")]
    [InlineData("42ffffffff")]
    [InlineData("8effffffffffffffff")]
    [InlineData("96ffffffffffffffff")]
    [InlineData("54ffffffff")]
    [InlineData("8aff01")]
    public void A_claimed_length_is_not_believed(string hex)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        PickleReaderTests.Refusal([0x80, 5, .. Convert.FromHexString(hex)]);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Theory]
    [InlineData("(", "")]
    [InlineData("]", "")]
    [InlineData("]", "a")]
    [InlineData("(", "l")]
    [InlineData(")", "\u0085")]
    [InlineData("(", "t")]
    [InlineData("(", "\u0091")]
    [InlineData("}N", "s")]
    [InlineData("", "\u008f")]
    public void Nesting_a_million_deep_does_not_overflow(string open, string close)
    {
        const int depth = 1_000_000;
        var pickle = new StringBuilder("N").Insert(1, open, depth).Insert(1 + (open.Length * depth), close, depth).Append('.');
        EndsSoon(() => Read(Encoding.Latin1.GetBytes(pickle.ToString())));
    }

    [Theory]
    [InlineData("cmine\nThing\n", "\u0085\u0081")]
    [InlineData("cmine\nThing\n", "\u0085R")]
    [InlineData("cmine\nThing\n)\u0081", "b")]
    [InlineData("cbuiltins\ngetattr\ncmine\nThing\n", "Vx\n\u0086R")]
    [InlineData("c_operator\nor_\nVx\n", "\u0086R")]
    public void Objects_a_hundred_thousand_deep_do_not_overflow(string open, string close)
    {
        const int depth = 100_000;
        var pickle = new StringBuilder("N").Insert(0, open, depth).Insert((open.Length * depth) + 1, close, depth).Append('.');
        EndsSoon(() => Read(Encoding.Latin1.GetBytes(pickle.ToString())));
    }

    /// <summary>Shapes and sizes of arrays that their bytes do not bear out.</summary>
    [Theory]
    [InlineData("i4", "(K\u0002t", "\u0001\0\0\0")]
    [InlineData("i4", "(I1000000\nI1000000\nt", "")]
    [InlineData("i4", "(I9223372036854775807\nI2\nt", "")]
    [InlineData("i4", "(I-1\nt", "")]
    [InlineData("i4", "(I-1\nI-1\nt", "\u0001\0\0\0")]
    [InlineData("i4", "(I0\nI9999999999\nt", "")]
    [InlineData("i4", "(I9999999\nI0\nt", "")]
    [InlineData("i4", "(I1000\nI1000\nI1000\nI0\nt", "")]
    [InlineData("S0", "(I1000000\nt", "")]
    [InlineData("U0", "(I1000\nI1000\nt", "")]
    [InlineData("S2147483647", "(I1\nt", "x")]
    [InlineData("U536870911", "(I4\nt", "x")]
    [InlineData("U999999999", "(I1\nt", "x")]
    [InlineData("i3", "(I1\nt", "xxx")]
    [InlineData("i16", "(I1\nt", "xxxxxxxxxxxxxxxx")]
    [InlineData("f16", "(I1\nt", "xxxxxxxxxxxxxxxx")]
    [InlineData("V8", "(I1\nt", "xxxxxxxx")]
    [InlineData("O8", "(I1\nt", "xxxxxxxx")]
    [InlineData("i-4", "(I1\nt", "xxxx")]
    [InlineData("", "(I1\nt", "xxxx")]
    public void Arrays_of_numpy_are_no_larger_than_their_bytes(string type, string shape, string bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var dtype = $"cnumpy\ndtype\n(V{type}\ntR";
        var data = $"c_codecs\nencode\n(V{bytes}\nVlatin1\ntR";
        RefusedAs($"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0tC\u0001btR(K\u0001{shape}{dtype}\u0089{data}tb.");
        RefusedAs($"cnumpy._core.numeric\n_frombuffer\n({data}{dtype}{shape}VC\ntR.");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);

        static void RefusedAs(string pickle)
        {
            var reason = Refused(pickle);
            (reason.Contains("numpy", StringComparison.Ordinal) || reason.Contains("too often", StringComparison.Ordinal)).ShouldBeTrue(reason);
        }
    }

    [Theory]
    [InlineData("cnumpy\ndtype\n(Vi4\ntR.", "'numpy.dtype' itself")]
    [InlineData("cnumpy\ndtype\n(Vi4\ntRNb.", "'numpy.dtype' that is damaged")]
    [InlineData("cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(Vi8\ntRC\u0004aaaatR.", "'numpy.core.multiarray.scalar'")]
    [InlineData("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0tC\u0001btR.", "'numpy.ndarray' without its data")]
    [InlineData("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0tC\u0001btRNb.", "'numpy.ndarray'")]
    [InlineData("carray\n_array_reconstructor\n(carray\narray\nVi\nK\u0008C\u0003abctR.", "'array._array_reconstructor'")]
    [InlineData("carray\n_array_reconstructor\n(carray\narray\nVi\nI-3\nC\u0003abctR.", "'array._array_reconstructor'")]
    public void Arrays_without_what_they_need_are_refused(string pickle, string reason) => Refused(pickle).ShouldContain(reason);

    [Fact]
    public void Names_are_not_let_grow()
    {
        Refused("c" + new string('x', 10_000) + "\nThing\n.").ShouldContain("name of 10005 letters");
        var text = "V" + new string('x', 300) + "\nq\0";
        Refused(text + "0" + string.Concat(Enumerable.Repeat("cbuiltins\ngetattr\n", 10)) + "cmine\nThing\n" + string.Concat(Enumerable.Repeat("h\0\u0086R", 10)) + ".").ShouldContain("getattr");
        Refused("Vx\nq\0" + string.Concat(Enumerable.Repeat("c_operator\nor_\nh\0h\0\u0086Rq\0", 100)) + ".").ShouldContain("_operator.or_");
    }

    [Fact]
    public void Containers_within_themselves_are_refused()
    {
        PickleReaderTests.Refusal("]q\0h\0a."u8.ToArray()).ShouldContain("contains itself");
        PickleReaderTests.Refusal("}q\0Nh\0s."u8.ToArray()).ShouldContain("contains itself");
        PickleReaderTests.Refusal("]q\0(h\0ta."u8.ToArray()).ShouldContain("contains itself");
    }

    [Fact]
    public void Doubling_again_and_again_is_refused()
    {
        // [[], []] of [[], []] of ..., by reference: 2^n values.
        Refused("]q\0" + string.Concat(Enumerable.Repeat("](h\0h\0eq\0", 100)) + ".").ShouldContain("unfolds");
        Refused("Nq\0" + string.Concat(Enumerable.Repeat("h\0h\0\u0086q\0", 100)) + ".").ShouldContain("unfolds");
        // The same as a key, where it would be hashed.
        Refused("Nq\0" + string.Concat(Enumerable.Repeat("h\0h\0\u0086q\0", 90)) + "0}h\0Ns.").ShouldContain("too often");
        Refused("(\u0091q\0" + string.Concat(Enumerable.Repeat("h\0h\0\u0086q\u0001(h\u0001\u0091q\0", 40)) + "0}h\0Ns.").ShouldContain("too often");
    }

    [Fact]
    public void Large_values_cannot_be_worked_on_again_and_again()
    {
        var text = "V" + new string('x', 500_000) + "\nq\0";
        Refused(text + "0](" + string.Concat(Enumerable.Repeat("h\0", 500_000)) + "e.").ShouldContain("unfolds");
        Refused(text + "0}(" + string.Concat(Enumerable.Repeat("h\0N", 300_000)) + "u.").ShouldContain("too often");
        Refused(text + "0](" + string.Concat(Enumerable.Repeat("c_codecs\nencode\n(h\0Vlatin1\ntR", 30_000)) + "e.").ShouldContain("too much memory");
        Refused("](" + new string('N', 500_000) + "eq\0](" + string.Concat(Enumerable.Repeat("ccollections\ndeque\n(h\0tR", 30_000)) + "e.").ShouldContain("too much memory");
    }

    [Fact]
    public void Keys_that_collide_in_a_plain_hash_are_no_problem()
    {
        // x ^ (x >> 32) is 0 for all of these.
        var keys = new OrderedDictionary<object, object?>(PickleKeyComparer.Instance);
        for (long i = 1; i <= 50_000; i++)
        {
            keys[(i << 32) | i] = null;
        }
        var pickle = PickleWriter.Write(keys);
        EndsSoon(() => PickleReader.Read(pickle));
    }

    [Fact]
    public void Every_prefix_of_a_pickle_is_refused()
    {
        foreach (var pickle in Samples().Concat(PickleGolden.All.Select(golden => golden.Pickle)).Where(pickle => pickle.Length < 2_000))
        {
            for (var length = 0; length < pickle.Length; length++)
            {
                PickleReaderTests.Refusal(pickle[..length]);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_and_damaged_bytes_give_a_value_or_a_refusal(int seed)
    {
        var random = new Random(seed);
        var samples = Samples();
        var opcodes = typeof(PickleOp).GetFields().Select(field => (byte)field.GetValue(null)!).Where(op => op != PickleOp.Stop).ToArray();
        EndsSoon(() =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                var noise = new byte[random.Next(1, 100)];
                random.NextBytes(noise);
                Read(noise);
                Read([.. noise.Select(b => b < 20 ? b : opcodes[b % opcodes.Length]), PickleOp.Stop]);

                var damaged = samples[random.Next(samples.Count)].ToArray();
                for (var hits = random.Next(1, 4); hits > 0; hits--)
                {
                    damaged[random.Next(damaged.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : opcodes[random.Next(opcodes.Length)];
                }
                Read(damaged);
            }
        });
    }

    private static List<byte[]> Samples() =>
    [
        PickleWriter.Write(new object?[]
        {
            "module.function", null, new object?[] { 1, 300, 70_000, 1L << 40, 1.5, true, "text"u8.ToArray() },
            new Dictionary<string, object?> { ["when"] = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)), ["id"] = Guid.Empty, ["of"] = new HashSet<object> { (1, 2) } },
        }),
        Convert.FromHexString("8005953700000000000000288c13666978747572655f7461736b732e6772656574944e8c03796f759485947d948c086772656574696e67948c03486579947374942e"),
        Convert.FromHexString("8005952a000000000000008c086461746574696d65948c086461746574696d65949394430a07ea010203040500000694859452942e"),
        "(Vmodule.function\np0\nN(I1\nL5L\nF1.5\nS'x'\ntp1\n(dp2\nVk\ncdecimal\nDecimal\n(V1.5\ntRst."u8.ToArray(),
        Convert.FromHexString("800263757569640a555549440a7100298171017d71025803000000696e7471034b0573622e"),
    ];

    private static string Refused(string pickle)
    {
        var reason = "";
        EndsSoon(() => reason = PickleReaderTests.Refusal(Encoding.Latin1.GetBytes(pickle)));
        return reason;
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

    private static void EndsSoon(Action action)
    {
        ThreadCost.LeastOf(action, Soon).Processor.ShouldBeLessThan(Soon);
    }
}
