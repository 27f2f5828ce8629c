using System.Text;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>Objects of classes that are not known here: as data, and never more.</summary>
public class PickleObjectTests
{
    private const string New = "\u0080\u0004cmine\nThing\n)\u0081";

    [Theory]
    [InlineData(New + "}b.", "{}")]
    [InlineData(New + ".", "{}")]
    [InlineData(New + "}VA\nK\u0001sb.", "{'A': 1}")]
    [InlineData(New + "N}VA\nK\u0001s\u0086b.", "{'A': 1}")]
    [InlineData(New + "}VA\nK\u0001s}VB\nK\u0002s\u0086b.", "{'A': 1, 'B': 2}")]
    [InlineData(New + "}VA\nK\u0001sN\u0086b.", "{'A': 1}")]
    [InlineData(New + "](K\u0001K\u0002eb.", "[1, 2]")]
    [InlineData(New + "K\u0001a}VA\nK\u0002sb.", "[1]")]
    [InlineData(New + "VA\nK\u0001s.", "{'A': 1}")]
    [InlineData(New + "(K\u0001\u0090.", "{1}")]
    // Pydantic, version 2 and 1.
    [InlineData(New + "}(V__dict__\n}VA\nK\u0001sV__pydantic_extra__\nNV__pydantic_fields_set__\n\u008fV__pydantic_private__\nNub.", "{'A': 1}")]
    [InlineData(New + "}(V__dict__\n}VA\nK\u0001sV__pydantic_extra__\n}VB\nK\u0002sub.", "{'A': 1, 'B': 2}")]
    [InlineData(New + "}(V__dict__\n}VA\nK\u0001sV__fields_set__\n\u008fV__private_attribute_values__\n}ub.", "{'A': 1}")]
    // Django.
    [InlineData("cdjango.db.models.base\nmodel_unpickle\n((Vshop\nVOrder\nttR}Vid\nK\u0007sb.", "{'id': 7}")]
    [InlineData("cdjango.utils.safestring\nSafeString\nVx\n\u0085\u0081.", "'x'")]
    // Objects of Python 2, of classes of its old kind.
    [InlineData("(imine\nThing\n(dVA\nI1\nsb.", "{'A': 1}")]
    [InlineData("(cmine\nThing\no(dVA\nI1\nsb.", "{'A': 1}")]
    [InlineData("ccopy_reg\n_reconstructor\n(cmine\nThing\nc__builtin__\nobject\nNtR(dVA\nI1\nsb.", "{'A': 1}")]
    [InlineData("ccopyreg\n__newobj__\n(cmine\nThing\ntR}VA\nK\u0001sb.", "{'A': 1}")]
    [InlineData("ccopyreg\n__newobj_ex__\n(cmine\nThing\n)}VA\nK\u0001stR.", "{'A': 1}")]
    [InlineData("\u0080\u0004cmine\nThing\n)}VA\nK\u0001s\u0092.", "{'A': 1}")]
    // Members of enums, as different versions of Python write them.
    [InlineData("cmine\nColor\nK\u0001\u0085R.", "1")]
    [InlineData("cmine\nColor\nN\u0085R.", "None")]
    [InlineData("cmine\nColor\nK\u0001K\u0002\u0086\u0085R.", "(1, 2)")]
    [InlineData("cbuiltins\ngetattr\ncmine\nColor\nVRED\n\u0086R.", "'RED'")]
    [InlineData("cbuiltins\ngetattr\ncbuiltins\ngetattr\ncmine\nOuter\nVColor\n\u0086RVRED\n\u0086R.", "'RED'")]
    [InlineData("c_operator\nor_\ncbuiltins\ngetattr\ncmine\nColor\nVRED\n\u0086Rcbuiltins\ngetattr\ncmine\nColor\nVBLUE\n\u0086R\u0086R.", "'RED, BLUE'")]
    [InlineData("}cbuiltins\ngetattr\ncmine\nColor\nVRED\n\u0086RNs.", "{'RED': None}")]
    [InlineData("chttp\nHTTPStatus\nM\u00c8\0\u0085R.", "200")]
    // Keys.
    [InlineData("}" + "cmine\nThing\n)\u0081}VA\nK\u0001sbNs.", "{(1,): None}")]
    [InlineData("}cmine\nPair\nK\u0001K\u0002\u0086\u0081K\u0003\u0086Ns.", "{((1, 2), 3): None}")]
    [InlineData("}cdatetime\ntimezone\ncdatetime\ntimedelta\n(K\0M\u0010\u000eK\0tR\u0085RNs.", "{'+01:00': None}")]
    // The list of a deque's subclass, and the default of a defaultdict's.
    [InlineData("cmine\nDeque\n)K\u0003\u0086RK\u0001a.", "[1]")]
    [InlineData("cmine\nDefault\ncbuiltins\nlist\n\u0085RVA\nK\u0001s.", "{'A': 1}")]
    [InlineData("cbuiltins\nKeyError\nVk\n\u0085R}V__notes__\n](Vn\nesb.", "{'type': 'builtins.KeyError', 'args': ['k'], '__notes__': ['n']}")]
    [InlineData("cmine\nError\nVk\n\u0085R}Vcode\nK\u0001sb.", "{'type': 'mine.Error', 'args': ['k'], 'code': 1}")]
    [InlineData("cpendulum.datetime\nDateTime\n(M\u00ea\u0007K\u0001K\u0002K\u0003K\u0004K\u0005K\u0006cbuiltins\ngetattr\n(cpendulum.tz.timezone\nTimezone\nV_unpickle\ntR(VEurope/Paris\n\u0088tRtR.",
        "datetime(2026-01-02T03:04:05.000006+01:00)")]
    [InlineData("cpendulum.datetime\nDateTime\n(M\u00ea\u0007K\u0001K\u0002K\u0003K\u0004K\u0005K\u0006cpendulum.tz.timezone\nTimezone\n(VEurope/Paris\ntR}V_name\nVEurope/Paris\nsbtR.",
        "datetime(2026-01-02T03:04:05.000006+01:00)")]
    [InlineData("cpandas._libs.tslibs.timestamps\n_unpickle_timestamp\n(K\u0002NNK\u0007tR.", "datetime(1970-01-01T00:00:02.000000)")]
    [InlineData("cpathlib._local\nPosixPath\nV/a/b\n\u0085R.", "'/a/b'")]
    public void Is_what_it_holds(string pickle, string expected) => ShownValue.Of(PickleReader.Read(Encoding.Latin1.GetBytes(pickle))).ShouldBe(expected);

    [Fact]
    public void An_object_that_is_referred_to_before_its_state_is_one_value_in_the_result()
    {
        var list = PickleReader.Read(Latin1("\u0080\u0004](cmine\nThing\n)\u0081q\0}VA\nK\u0001sbh\0e.")).ShouldBeOfType<List<object?>>();
        list[0].ShouldBeOfType<OrderedDictionary<object, object?>>()["A"].ShouldBe(1L);
        list[1].ShouldBeSameAs(list[0]);
    }

    [Theory]
    [InlineData(New + "q\0}VA\nh\0sb.")]
    [InlineData(New + "q\0h\0b.")]
    [InlineData(New + "q\0](h\0eb.")]
    [InlineData(New + "q\0h\0\u0085b.")]
    [InlineData("cmine\nThing\n]q\0h\0a\u0085R.")]
    public void An_object_that_contains_itself_is_refused(string pickle) => PickleReaderTests.Refusal(Latin1(pickle)).ShouldContain("contains itself");

    [Theory]
    [InlineData("cmine\nrun\n(K\u0001cmine\nThing\ntR.", "'mine.run' with 'mine.Thing'")]
    [InlineData("cmine\nrun\n(cos\nsystem\ntR.", "'os.system'")]
    [InlineData("cmine\nThing\n.", "'mine.Thing' itself")]
    [InlineData("]cmine\nThing\na.", "'mine.Thing' itself")]
    [InlineData("cbuiltins\ngetattr\n(cmine\nThing\nV__init__\ntR.", "getattr")]
    [InlineData("cbuiltins\ngetattr\n(cos\nVsystem\ntR.", "'os.Vsystem'")]
    [InlineData("cbuiltins\ngetattr\n(cbuiltins\nstr\nVjoin\ntR.", "getattr")]
    [InlineData("cbuiltins\ngetattr\n(cmine\nThing\n)\u0081Vrun\ntR.", "'builtins.getattr'")]
    [InlineData("cmine\nThing\n)\u0081)R.", "calls a value")]
    [InlineData("cfunctools\npartial\n(cmine\nrun\ntR.", "'functools.partial'")]
    [InlineData("c_operator\nattrgetter\n(Vx\ntR.", "'_operator.attrgetter'")]
    [InlineData("cbuiltins\nslice\n(NNNtR.", "'builtins.slice'")]
    [InlineData("cbuiltins\nEllipsis\n.", "'builtins.Ellipsis'")]
    [InlineData("cre\n_compile\n(Vx\nK\0tR.", "'re._compile'")]
    [InlineData("cposix\nsystem\n.", "'posix.system'")]
    [InlineData("cnt\nsystem\n.", "'nt.system'")]
    [InlineData("csubprocess\nPopen\n.", "'subprocess.Popen'")]
    [InlineData("ccommands\ngetoutput\n.", "'commands.getoutput'")]
    [InlineData("cimportlib\nimport_module\n.", "'importlib.import_module'")]
    [InlineData("cimportlib.util\nx\n.", "'importlib.util.x'")]
    [InlineData("cpickle\nloads\n.", "'pickle.loads'")]
    [InlineData("c__builtin__\nexec\n.", "'builtins.exec'")]
    [InlineData("}cmine\nItems\n)\u0081K\u0001aNs0cmine\nThing\n)\u0081q\0}h\0Nsh\0}VA\nNsb.", "after it was used")]
    [InlineData("cmine\nThing\n)\u0081K\u0001aVA\nNs.", "not the right one")]
    [InlineData("cdateutil.tz.tz\ntzlocal\n)\u0081}V_hasdst\n\u0088sb.", "local zone of another machine")]
    [InlineData("ccopy_reg\n_reconstructor\n(cdateutil.tz.tz\ntzoffset\ncdatetime\ntzinfo\ncdatetime\ntzinfo\n(tRtR.", "'dateutil.tz.tz.tzoffset'")]
    [InlineData("cdatetime\ntzinfo\n)R.", "without its name")]
    [InlineData("cdatetime\ntime\n(V\u0001\0\0\0\0\0\ncmine\nZone\n)\u0081tR.", "zone of a class that is not known")]
    public void What_is_no_data_is_refused_with_the_reason(string pickle, string reason) => PickleReaderTests.Refusal(Latin1(pickle)).ShouldContain(reason);

    [Fact]
    public void No_module_of_python_is_taken_for_the_users()
    {
        foreach (var module in "os sys builtins __builtin__ nt posix subprocess importlib codecs _codecs operator functools types runpy ctypes socket shutil marshal code pty".Split(' '))
        {
            PickleReaderTests.Refusal(Latin1($"c{module}\nNothing\n(VA\ntR.")).ShouldContain("which is not data");
        }
    }

    private static byte[] Latin1(string pickle) => Encoding.Latin1.GetBytes(pickle);
}
