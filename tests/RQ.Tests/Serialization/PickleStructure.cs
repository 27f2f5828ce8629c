using System.Text;
using RQ.Serialization;

namespace RQ.Tests.Serialization;

/// <summary>
/// Pickles whose opcodes are right and whose structure is not, as a number says: each known name around others or itself, containers in
/// containers, values that are referred to again and again, long keys and numbers.
/// </summary>
internal static class PickleStructure
{
    private const int Most = 3_000;
    private static readonly string[] Names = [.. PickleNames.Known.Order(StringComparer.Ordinal).Select(name => $"c{name[..name.LastIndexOf('.')]}\n{name[(name.LastIndexOf('.') + 1)..]}\n"), "cmine\nThing\n", "cmine\nmake\n"];
    private static readonly string[] Attributes = ["_offset", "_std_offset", "_hasdst", "_filename", "data", "int", "__dict__", "__pydantic_extra__", "args"];
    private static readonly string[] Calls = ["\u0085R", "\u0085\u0081", "\u0085}\u0092", "hú\u0086R", "hú\u0086\u0081", "hú\u0087R", "hú}\u0087R"];
    private static readonly (string Open, string Close)[] Containers =
    [
        ("]", "a"), ("(", "l"), ("(", "t"), ("", "\u0085"), ("N", "\u0086"), ("(", "\u0091"), ("}N", "s"), ("}", "Ns"), ("(", "hú\u0086\u0091"),
    ];

    // A pickle's value is kept in slot 250 ("hú"), names and attributes in those after it.
    public static byte[] Of(byte[][] seeds, int number)
    {
        var random = new Random(number);
        var times = (int)Math.Pow(Most, random.NextDouble());
        var value = random.Next(6) switch
        {
            0 => "V" + new string('x', times * 30) + "\n",
            1 => "L" + new string('7', times) + "L\n",
            2 => "\u008b" + Latin1(BitConverter.GetBytes(times)) + new string('7', times),
            _ => Latin1(seeds[random.Next(seeds.Length)])[..^1],
        };
        var pickle = new StringBuilder(value).Append("qú0")
            .Append(Any(Names, random)).Append("qû0").Append(Any(Names, random)).Append("qü0")
            .Append('V').Append(Any(Attributes, random)).Append("\nqý0");
        switch (random.Next(6))
        {
            case 0:
                Around(pickle, random.Next(2) == 0 ? "hû" : "hûhü", Any(Calls, random), "", times);
                break;
            case 1:
                Around(pickle, "hû)\u0081}hý", "sb", "", times);
                break;
            case 2:
                // Arguments in arguments, and one call.
                Around(pickle, "hû", random.Next(2) == 0 ? "\u0086" : "}\u0087", "R", times);
                break;
            case 3:
                var (open, close) = Containers[random.Next(Containers.Length)];
                Around(pickle, open, close, "", times);
                break;
            case 4:
                pickle.Append("hû(").Append(Times("hü", times)).Append('t').Append(random.Next(2) == 0 ? 'R' : '\u0081');
                break;
            default:
                Repeat(pickle, random, times);
                break;
        }
        return Encoding.Latin1.GetBytes(pickle.Append('.').ToString());
    }

    private static void Around(StringBuilder pickle, string open, string close, string end, int times) =>
        pickle.Append(Times(open, times)).Append("hú").Append(Times(close, times)).Append(end);

    private static void Repeat(StringBuilder pickle, Random random, int times)
    {
        var once = random.Next(7) switch
        {
            0 => "hú",
            1 => "hûhú\u0085R",
            2 => "hûhúhú\u0086R",
            3 => "hûhú\u0085\u0081",
            4 => "hû)\u0081húb",
            5 => "}húNs",
            _ => "hû)\u0081}húNs}húNs\u0086b",
        };
        pickle.Append(random.Next(3) switch
        {
            0 => "](" + Times(once, times) + "e",
            1 => "}(" + Times(once + "N", times) + "u",
            _ => Times(once + "0", times) + "N",
        });
    }

    private static string Times(string text, int times) => new StringBuilder().Insert(0, text, times).ToString();

    private static string Latin1(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static string Any(string[] of, Random random) => of[random.Next(of.Length)];
}
