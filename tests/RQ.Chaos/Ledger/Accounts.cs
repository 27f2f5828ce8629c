using System.Globalization;

namespace RQ.Chaos.Ledger;

/// <summary>Reads what the processes have written down: again and again while they write, and in the end.</summary>
internal sealed class Accounts(string directory)
{
    private readonly Dictionary<string, long> _read = [];
    private readonly Dictionary<string, Account> _accounts = [];
    private readonly Dictionary<string, Run> _runs = [];

    public IReadOnlyCollection<Account> All => _accounts.Values;

    public int Attempted { get; private set; }

    public int Acknowledged { get; private set; }

    /// <summary>How many runs have begun.</summary>
    public int Runs { get; private set; }

    /// <summary>How many enqueues failed, or nobody knows.</summary>
    public int Unknown { get; private set; }

    /// <summary>Executions that began twice under one id, which nothing may cause.</summary>
    public List<string> RunTwice { get; } = [];

    /// <summary>Reads what is new.</summary>
    public void Read()
    {
        foreach (string file in Directory.EnumerateFiles(directory))
            ReadFile(file);
    }

    /// <summary>Puts the runs of each job in order.</summary>
    public void Close()
    {
        Read();
        foreach (Account account in _accounts.Values)
            account.Runs.Sort((first, second) => first.Start.CompareTo(second.Start));
    }

    private void ReadFile(string file)
    {
        long from = _read.GetValueOrDefault(file);
        if (new FileInfo(file).Length == from)
            return;
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Seek(from, SeekOrigin.Begin);
        byte[] bytes = new byte[stream.Length - from];
        stream.ReadExactly(bytes);
        // What is being written is read next time.
        int end = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        _read[file] = from + end;
        foreach (string line in System.Text.Encoding.UTF8.GetString(bytes, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            ReadLine(Path.GetFileName(file), line.Split(' '));
    }

    private void ReadLine(string life, string[] parts)
    {
        long at = long.Parse(parts[1], CultureInfo.InvariantCulture);
        if (!_accounts.TryGetValue(parts[2], out Account? account))
            _accounts[parts[2]] = account = new Account(parts[2]);
        switch (parts[0])
        {
            case "A":
                account.Attempted = at;
                account.Kind = Enum.Parse<JobKind>(parts[3]);
                account.Queue = parts[4];
                Attempted++;
                break;
            case "K":
                if (account.Acknowledged is null)
                    Acknowledged++;
                account.Acknowledged ??= at;
                account.JobIds.Add(parts[3]);
                break;
            case "X":
                Unknown++;
                break;
            case "S":
                Runs++;
                account.JobIds.Add(parts[3]);
                var run = new Run(life, parts[4], parts[3], int.Parse(parts[5], CultureInfo.InvariantCulture), at);
                account.Runs.Add(run);
                if (!_runs.TryAdd(run.Id, run))
                    RunTwice.Add($"{account.Token} (job {run.JobId}): execution {run.Id} began in {_runs[run.Id].Life} and in {life}");
                break;
            case "E":
                // It stands in the same file as its beginning, behind it.
                _runs[parts[3]].End = at;
                _runs[parts[3]].Outcome = parts[4];
                break;
            default:
                throw new InvalidDataException($"The ledger of {life} has a line that begins with '{parts[0]}'.");
        }
    }
}
