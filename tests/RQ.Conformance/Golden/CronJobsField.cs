using System.Text;
using System.Text.Json.Nodes;

namespace RQ.Conformance.Golden;

/// <summary>The field <c>cron_jobs</c> of a cron scheduler, as one field for each thing that it says: <c>cron_jobs/0/name</c>.</summary>
internal static class CronJobsField
{
    private const string Name = "cron_jobs";

    public static IReadOnlyDictionary<string, byte[]> Expand(IReadOnlyDictionary<string, byte[]> fields)
    {
        if (!fields.TryGetValue(Name, out byte[]? json))
            return fields;
        var expanded = fields.Where(field => field.Key != Name).ToDictionary();
        foreach ((int index, JsonNode? entry) in JsonNode.Parse(json)!.AsArray().Index())
        {
            foreach ((string property, JsonNode? value) in entry!.AsObject())
                expanded.Add($"{Name}/{index}/{property}", Encoding.UTF8.GetBytes(Text(property, value)));
        }

        return expanded;
    }

    // Values of jobs are JSON within the JSON.
    private static string Text(string property, JsonNode? value) => property is "args" or "kwargs" or "meta" && value is not null
        ? JsonNode.Parse(value.GetValue<string>())!.ToJsonString()
        : value?.GetValueKind() == System.Text.Json.JsonValueKind.String ? value.GetValue<string>() : value?.ToJsonString() ?? "null";
}
