namespace RQ.Tool.Cron;

/// <summary>What is wrong with a file of schedules.</summary>
/// <param name="file">The file, as it was given.</param>
internal sealed class ScheduleProblems(string file)
{
    private readonly List<(int Line, string Text)> _all = [];

    public int Count => _all.Count;

    public void Add(int line, string problem) => _all.Add((line, problem));

    /// <exception cref="ScheduleFileException">There are some.</exception>
    public void ThrowIfAny()
    {
        if (_all.Count > 0)
            throw new ScheduleFileException([.. _all.OrderBy(each => each.Line).Select(each => $"{file}:{each.Line}: {each.Text}")]);
    }
}

/// <summary>A file of schedules cannot be used.</summary>
/// <param name="problems">All that is wrong with it, a line each.</param>
internal sealed class ScheduleFileException(IReadOnlyList<string> problems) : ToolException(string.Join('\n', problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
