using System.Text.Json;

namespace RQ.Jobs;

/// <summary>Which exceptions are retried, as it is stored: type names, since the worker may be another process than the producer.</summary>
/// <param name="Only">Full names of exception types; empty for all.</param>
/// <param name="Never">Full names of exception types that win over the others.</param>
internal sealed record RetryRule(string[] Only, string[] Never)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    public static string Write(Retry retry) => JsonSerializer.Serialize(
        retry.Stored ?? new RetryRule([.. retry.OnlyOn.Select(type => type.FullName!)], [.. retry.NeverOn.Select(type => type.FullName!)]), s_json);

    /// <summary>A rule that cannot be read retries everything: a job is rather run again than lost.</summary>
    public static RetryRule? Read(string? text)
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize<RetryRule>(text, s_json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether a job that ended with the exception may be retried.</summary>
    public bool Allows(Exception exception)
    {
        var names = new List<string>();
        for (Type? type = exception.GetType(); type is not null && type != typeof(object); type = type.BaseType)
            names.Add(type.FullName!);
        return !names.Exists(name => (Never ?? []).Contains(name)) && (Only is not { Length: > 0 } || names.Exists(Only.Contains));
    }
}
