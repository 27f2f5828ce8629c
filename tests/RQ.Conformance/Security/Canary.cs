using System.Text;
using RQ.TestSupport;
using Shouldly;

namespace RQ.Conformance.Security;

/// <summary>Two files: one that an attack would make, and one that it would delete.</summary>
internal sealed class Canary : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rq-canary-");

    public Canary()
    {
        File.WriteAllText(Bird, "alive");
    }

    public string Egg => Path.Combine(_directory.FullName, "egg");

    public string Bird => Path.Combine(_directory.FullName, "bird");

    /// <summary>Pickles that run a command when Python loads them, in the ways that its opcodes have for it.</summary>
    public Dictionary<string, byte[]> Pickles() => new()
    {
        ["reduce, protocol 0"] = Latin($"cos\nsystem\n(S'touch {Egg}'\ntR."),
        ["inst"] = Latin($"(S'touch {Egg}'\nios\nsystem\n."),
        ["obj"] = Latin($"(cos\nsystem\nS'touch {Egg}'\no."),
        ["exec"] = Latin($"cbuiltins\nexec\n(S'import os; os.system(\"touch {Egg}\")'\ntR."),
        ["eval"] = Latin($"c__builtin__\neval\n(S'open(\"{Egg}\", \"w\")'\ntR."),
        ["popen"] = Latin($"csubprocess\nPopen\n((lS'touch'\naS'{Egg}'\natR."),
        ["posix"] = [0x80, 2, .. Latin("cposix\nsystem\nX"), (byte)($"touch {Egg}".Length), 0, 0, 0, .. Latin($"touch {Egg}"), 0x85, (byte)'R', (byte)'.'],
        ["stack global, protocol 4"] = [0x80, 4, 0x8c, 5, .. Latin("posix"), 0x8c, 6, .. Latin("system"), 0x93, 0x8c, (byte)($"touch {Egg}".Length), .. Latin($"touch {Egg}"), 0x85, (byte)'R', (byte)'.'],
        ["new object"] = [0x80, 4, 0x8c, 10, .. Latin("subprocess"), 0x8c, 5, .. Latin("Popen"), 0x93, .. Latin($"(lS'touch'\naS'{Egg}'\nat"), 0x81, (byte)'.'],
        ["attribute of an attribute"] = [0x80, 4, 0x8c, 2, .. Latin("os"), 0x8c, 11, .. Latin("path.os.open"), (byte)'.'],
        ["import"] = Latin("c__builtin__\n__import__\n(S'os'\ntR."),
        ["getattr"] = Latin($"c__builtin__\ngetattr\n(cos\nsystem\nS'__call__'\ntR(S'touch {Egg}'\ntR."),
        ["build"] = Latin($"ccopyreg\n_reconstructor\n(cos\n_wrap_close\nc__builtin__\nobject\nNtR(dS'a'\nS'touch {Egg}'\nsb."),
        ["extension code"] = [0x80, 2, 0x82, 1, (byte)'.'],
        ["persistent id"] = Latin($"P{Egg}\n."),
    };

    /// <summary>Names that a .NET process could call if it took any name, and what with.</summary>
    public (string Function, object?[] Arguments)[] Calls() =>
    [
        ("System.Diagnostics.Process.Start", ["touch", Egg]),
        ("System.Diagnostics.Process, System.Diagnostics.Process.Start", ["touch", Egg]),
        ("System.IO.File.WriteAllText", [Egg, "laid"]),
        ("System.IO.File.Delete", [Bird]),
        ("System.IO.File.Delete, System.Private.CoreLib", [Bird]),
        ("File.Delete", [Bird]),
        ("System.IO.FileInfo..ctor", [Bird]),
        ("System.Environment.Exit", [0]),
        ("System.Environment.FailFast", ["bye"]),
        ("System.Reflection.Assembly.LoadFrom", [Egg]),
        ("System.Activator.CreateInstance", ["System.IO.FileInfo"]),
        ("System.AppDomain.ExecuteAssembly", [Egg]),
        // Public, of an assembly that is loaded and was not handed over.
        ("RQ.Conformance.Security.UnlistedJobs.Touch", [Egg]),
        ("Shouldly.Should.Throw", [Egg]),
        // Of an assembly that was handed over, but not public, or no method.
        ("RQ.TestSupport.WorkerProcess.Send", ["KILL"]),
        ("RQ.TestSupport.TestJobs.GetType", []),
        ("RQ.TestSupport.TestWorld.get_Rq", []),
        ("RQ.TestSupport.TestWorld..ctor", []),
        // Of RQ itself.
        ("RQ.WorkHorses.ProcessTree.Kill", [1]),
        ("RQ.Queue.EmptyAsync", []),
        ("os.system", [$"touch {Egg}"]),
        ("builtins.exec", [$"open('{Egg}', 'w')"]),
        ("", []),
        ("..", []),
    ];

    /// <summary>Nothing was run, and nothing deleted.</summary>
    public void ShouldBeWell()
    {
        File.Exists(Egg).ShouldBeFalse("something was run");
        File.Exists(Bird).ShouldBeTrue("something was deleted");
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);
}

/// <summary>Public, but in no assembly that a worker was given.</summary>
public static class UnlistedJobs
{
    public static void Touch(string file) => File.WriteAllText(file, "laid");
}
