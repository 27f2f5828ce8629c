using System.Text.Json;
using RQ.Tool.Terminal;

namespace RQ.Tool.Cron;

/// <summary>A table of schedules in a JSON file; docs/scheduling.md shows its shape.</summary>
/// <param name="Source">What its table is known by in Redis.</param>
/// <param name="Schedules">The schedules.</param>
internal sealed record ScheduleFile(string Source, IReadOnlyList<CronSchedule> Schedules)
{
    private const string Example = """{"schedules": [{"name": "report", "function": "my_module.report", "cron": "0 9 * * MON-FRI", "timeZone": "Europe/Berlin"}]}""";

    /// <exception cref="ScheduleFileException">Something in it cannot be; the exception has all of it.</exception>
    /// <exception cref="ToolException">It cannot be read.</exception>
    public static ScheduleFile Read(string path)
    {
        RefusePython(path);
        return Parse(path, Bytes(path));
    }

    /// <param name="path">The file; for messages, and its full name is the source when the file names none.</param>
    /// <param name="json">What it holds.</param>
    /// <exception cref="ScheduleFileException">Something in it cannot be; the exception has all of it.</exception>
    public static ScheduleFile Parse(string path, byte[] json)
    {
        string file = PlainText.Line(path);
        var problems = new ScheduleProblems(file);
        JsonPart root = Root(file, json);
        if (root.Kind != JsonTokenType.StartObject)
            throw new ScheduleFileException([$"{file}:{root.Line}: the file must hold an object, {{\"schedules\": […]}}; it holds {root.Shape}."]);
        var fields = new JsonFields(root, "the file", problems);
        string? source = fields.Text("source");
        if (source is not null && string.IsNullOrWhiteSpace(source))
            fields.Refuse(fields.Get("source")!, "'source' must not be blank. Leave it out for the file's own name.");
        if (fields.Get("schedules") is null)
            fields.Refuse(root, "'schedules' is missing: an array of schedules, which may be empty.");
        IReadOnlyList<JsonPart> parts = fields.Items("schedules");
        (CronSchedule? Schedule, int Line)[] read = [.. parts.Select((part, i) => (ScheduleReader.Read(part, i + 1, problems), part.Line))];
        fields.Finish();
        RefuseTwins(read, problems);
        problems.ThrowIfAny();
        return new ScheduleFile(source ?? $"file:{Path.GetFullPath(path)}", [.. read.Select(each => each.Schedule!)]);
    }

    private static void RefuseTwins((CronSchedule? Schedule, int Line)[] read, ScheduleProblems problems)
    {
        foreach (var twins in read.Where(each => each.Schedule is not null).GroupBy(each => each.Schedule!.Name).Where(group => group.Count() > 1))
        {
            foreach ((_, int line) in twins.Skip(1))
                problems.Add(line, $"schedule '{twins.Key}': there is one of that name at line {twins.First().Line}. Give each a \"name\" of its own; without one it is the function's.");
        }
    }

    private static JsonPart Root(string file, byte[] json)
    {
        try
        {
            return JsonPart.Parse(json);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second: half of a surrogate pair.
            string text = exception.Message.Split(" LineNumber:")[0].TrimEnd('.', ' ');
            throw new ScheduleFileException([$"{file}:{((exception as JsonException)?.LineNumber ?? 0) + 1}: this is no JSON: {text}."]);
        }
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            if (IsModule(path))
                throw new ToolException($"There is no file '{path}'. If it is a Python module: rq for .NET cannot run one. Write its schedules as JSON: {Example}", exception);
            throw new ToolException($"There is no file '{path}' (nor a command of that name, see 'rq cron --help'). Write one such as {Example}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ToolException($"'{path}' cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>RQ takes <c>package.module</c> as well as a file.</summary>
    private static bool IsModule(string path) =>
        path.Contains('.', StringComparison.Ordinal) && Path.GetExtension(path) != ".json"
        && path.Split('.').All(part => part.Length > 0 && !char.IsAsciiDigit(part[0]) && part.All(c => char.IsLetterOrDigit(c) || c == '_'));

    private static void RefusePython(string path)
    {
        if (Path.GetExtension(path) is ".py" or ".pyc")
            throw new ToolException($"'{path}' is a Python program, which rq for .NET cannot run. Write its schedules as JSON: {Example}");
    }
}
