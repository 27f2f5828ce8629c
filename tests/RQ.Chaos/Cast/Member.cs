using System.Diagnostics;
using System.Globalization;

namespace RQ.Chaos.Cast;

/// <summary>What a member of the cast does.</summary>
internal enum Part
{
    Producer,
    Scheduler,

    /// <summary>A worker that runs jobs in its own process.</summary>
    InProcess,

    /// <summary>A worker with work horses that are used again.</summary>
    Horse,

    /// <summary>A worker with a work horse for each job.</summary>
    Fresh,

    /// <summary>A worker of Python RQ.</summary>
    Python,
}

/// <summary>A role that is always filled: when its process ends the next one is started. It reaches the server over a link of its own.</summary>
internal sealed class Member : IAsyncDisposable
{
    private readonly Func<Member, string, ProcessStartInfo> _command;
    private readonly Action<Member, string> _note;
    private readonly List<Life> _lives = [];
    private Process? _process;
    private Task _watching = Task.CompletedTask;
    private volatile bool _isOver;

    /// <param name="name">Such as <c>horse1</c>.</param>
    /// <param name="part">What it does.</param>
    /// <param name="link">How it reaches the server.</param>
    /// <param name="command">What is started, for a life's name.</param>
    /// <param name="note">Told when a process ends that nobody has told to.</param>
    public Member(string name, Part part, Link link, Func<Member, string, ProcessStartInfo> command, Action<Member, string> note)
    {
        Name = name;
        Part = part;
        Link = link;
        _command = command;
        _note = note;
    }

    public string Name { get; }

    public Part Part { get; }

    public Link Link { get; }

    public IReadOnlyList<Life> Lives => _lives;

    public Life Life => _lives[^1];

    public bool IsWorker => Part is not (Part.Producer or Part.Scheduler);

    /// <summary>Held by whoever strikes its process, so that one thing at a time happens to it.</summary>
    public SemaphoreSlim Turn { get; } = new(1);

    /// <summary>The same for its link, its clock.</summary>
    public SemaphoreSlim Around { get; } = new(1);

    /// <summary>Starts the next life.</summary>
    public void Start()
    {
        if (_isOver)
            return;
        string name = string.Create(CultureInfo.InvariantCulture, $"{Name}-{_lives.Count + 1}");
        _process = Process.Start(_command(this, name))!;
        var life = new Life(name, this, _process.Id);
        _lives.Add(life);
        _watching = WatchAsync(life, _process);
    }

    /// <summary>kill -9; its children may live on.</summary>
    public void Kill()
    {
        Life.IsMeantToEnd = true;
        Signals.Send(Life.Pid, Signals.Kill);
    }

    /// <summary>SIGTERM.</summary>
    public void Terminate()
    {
        Life.IsMeantToEnd = true;
        Signals.Send(Life.Pid, Signals.Terminate);
    }

    /// <summary>Waits until its process has ended.</summary>
    public Task EndAsync() => _watching;

    /// <summary>Starts no more.</summary>
    public void Leave() => _isOver = true;

    public async ValueTask DisposeAsync()
    {
        _isOver = true;
        Life.IsMeantToEnd = true;
        Signals.Send(Life.Pid, Signals.Continue);
        foreach (int child in Signals.Children(Life.Pid))
            Signals.Send(child, Signals.Kill);
        Signals.Send(Life.Pid, Signals.Kill);
        await EndAsync();
        Link.Dispose();
        Turn.Dispose();
        Around.Dispose();
    }

    private async Task WatchAsync(Life life, Process process)
    {
        await process.WaitForExitAsync();
        life.To = Moment.Now;
        int code = process.ExitCode;
        process.Dispose();
        if (life.IsMeantToEnd || _isOver)
            return;
        _note(this, string.Create(CultureInfo.InvariantCulture, $"{life.Name} ended by itself with code {code}"));
        _ = ReplaceAsync(life);
    }

    private async Task ReplaceAsync(Life life)
    {
        await Task.Delay(TimeSpan.FromSeconds(1));
        if (_isOver)
            return;
        await Turn.WaitAsync();
        // Whoever struck it meanwhile has started the next one.
        if (Life == life)
            Start();
        Turn.Release();
    }
}
