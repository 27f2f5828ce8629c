using System.Buffers;

namespace RQ;

/// <summary>One execution of one job, as the started registry lists it.</summary>
/// <param name="JobId">The job.</param>
/// <param name="ExecutionId">The execution, 32 hex digits; <c>null</c> when a Python RQ before 2.0 runs the job, which has none.</param>
public readonly record struct JobExecutionId(string JobId, string? ExecutionId)
{
    private const int Length = 32;
    private static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdef");

    /// <summary>RQ's form: <c>job:execution</c>, or the job's id alone.</summary>
    public override string ToString() => ExecutionId is null ? JobId : $"{JobId}:{ExecutionId}";

    /// <summary>Reads a member of the started registry. A colon in an id of an old Python RQ is no separator.</summary>
    internal static JobExecutionId Parse(string member)
    {
        int colon = member.Length - Length - 1;
        return colon >= 0 && member[colon] == ':' && member.AsSpan(colon + 1).IndexOfAnyExcept(s_hex) < 0
            ? new JobExecutionId(member[..colon], member[(colon + 1)..])
            : new JobExecutionId(member, null);
    }
}
