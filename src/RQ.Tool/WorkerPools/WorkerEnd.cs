using Microsoft.Extensions.Logging;

namespace RQ.Tool.WorkerPools;

/// <summary>How a worker of a pool ended.</summary>
internal sealed class WorkerEnd
{
    private readonly int _pid;
    private readonly int _code;
    private readonly Exception? _problem;

    public WorkerEnd(int pid, int code)
    {
        _pid = pid;
        _code = code;
    }

    /// <summary>It was never there.</summary>
    public WorkerEnd(Exception problem) => _problem = problem;

    public bool WentWell => _problem is null && _code == 0;

    public void TellReplacing(ILogger log, int number, TimeSpan wait)
    {
        if (_problem is not null)
            ToolLog.CannotStart(log, _problem, number, wait.TotalSeconds);
        else if (_code == 0)
            ToolLog.ReplacingEnded(log, number, _pid, _code, wait.TotalSeconds);
        else
            ToolLog.ReplacingDead(log, number, _pid, _code > 128 ? $"signal {_code - 128}" : $"exit code {_code}", wait.TotalSeconds);
    }
}
