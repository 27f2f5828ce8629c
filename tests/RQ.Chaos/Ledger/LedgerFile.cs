using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace RQ.Chaos.Ledger;

/// <summary>
/// Where a process writes down what it does, one line for each thing: nothing that strikes Redis, a link or another process touches it, and what was
/// written is there when the process is killed. Each line is one write at the file's end, so a worker and its work horses share a file.
/// </summary>
/// <remarks>
/// <c>A at token kind queue</c> an enqueue is about to be tried; <c>K at token id</c> it was acknowledged; <c>X at token error</c> it failed, or nobody knows;
/// <c>S at token id run pid</c> a job begins; <c>E at token run ok|fail|cancel</c> it ends.
/// </remarks>
internal sealed class LedgerFile
{
    private const int WriteOnly = 1, Create = 0x40, Append = 0x400, CloseOnExec = 0x80000;

    private readonly int _descriptor;

    public LedgerFile(string path)
    {
        _descriptor = Open(path, WriteOnly | Create | Append | CloseOnExec, Convert.ToInt32("644", 8));
        if (_descriptor < 0)
            throw new IOException($"The ledger {path} cannot be opened: error {Marshal.GetLastPInvokeError()}.");
    }

    public void Attempted(string token, JobKind kind, string queue) => Write($"A {Moment.Now} {token} {kind} {queue}");

    public void Acknowledged(string token, string jobId) => Write($"K {Moment.Now} {token} {jobId}");

    public void Unknown(string token, string error) => Write($"X {Moment.Now} {token} {error}");

    public void Started(string token, string jobId, string run) => Write($"S {Moment.Now} {token} {jobId} {run} {Environment.ProcessId}");

    public void Ended(string token, string run, string outcome) => Write($"E {Moment.Now} {token} {run} {outcome}");

    private void Write(FormattableString line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line.ToString(CultureInfo.InvariantCulture) + "\n");
        if (Write(_descriptor, bytes, bytes.Length) != bytes.Length)
            throw new IOException($"The ledger cannot be written: error {Marshal.GetLastPInvokeError()}.");
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    private static extern nint Write(int descriptor, byte[] bytes, nint count);
}
