using System.Collections;
using System.Collections.ObjectModel;
using RQ.Jobs;

namespace RQ.Serialization;

/// <summary>The <c>data</c> field: the serialized four <c>(function, instance, args, kwargs)</c>, compressed with zlib when they are not short.</summary>
internal sealed record CallData(JobSerializer Serializer, string Function, bool HasInstance, IReadOnlyList<object?> Arguments, IReadOnlyDictionary<string, object?> KeywordArguments)
{
    private static readonly OrderedDictionary<object, object?> s_noKeywords = [];
    private static readonly SerializerSet s_plain = new();

    /// <summary>The field's bytes.</summary>
    /// <exception cref="ArgumentException">An argument cannot be written.</exception>
    public static byte[] Write(JobCall call, JobSerializer serializer) => Compression.Compact(Serialize(call, serializer));

    /// <summary>The serialized four, not yet compressed.</summary>
    /// <exception cref="ArgumentException">An argument cannot be written.</exception>
    public static byte[] Serialize(JobCall call, JobSerializer serializer) => Serialize(call, serializer, default, out _);

    /// <inheritdoc cref="Serialize(JobCall, JobSerializer)"/>
    /// <param name="call">The call.</param>
    /// <param name="serializer">The format.</param>
    /// <param name="context">Of which job it is.</param>
    /// <param name="plainLength">How long it is for its reader.</param>
    public static byte[] Serialize(JobCall call, JobSerializer serializer, in PayloadContext context, out int plainLength)
    {
        var arguments = call.Arguments.Count == 0 ? [] : new object?[call.Arguments.Count];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = DataTree.From(call.Arguments[i]);
        if (call.KeywordArguments.Count == 0 && serializer.IsBuiltIn)
            return serializer.Write(new object?[] { call.Function, null, arguments, s_noKeywords }, context, out plainLength);
        var keywords = new OrderedDictionary<object, object?>(call.KeywordArguments.Count);
        foreach ((string name, object? value) in call.KeywordArguments)
            keywords.Add(name, DataTree.From(value));
        return serializer.Write(new object?[] { call.Function, null, arguments, keywords }, context, out plainLength);
    }

    /// <param name="job">The job.</param>
    /// <param name="rq">Knows the formats that are in use, and how large a job may be; <c>null</c> for RQ's formats and the default.</param>
    /// <exception cref="UnreadableDataException">Its data is no call.</exception>
    public static CallData Read(JobHash job, RqConnection? rq) => Read((byte[]?)job.Data, rq, PayloadContext.OfCall(job));

    /// <inheritdoc cref="Read(JobHash, RqConnection?)"/>
    /// <param name="stored">The field as it is in Redis.</param>
    /// <param name="rq">Knows the formats.</param>
    /// <param name="context">Of which job it is; matters only for what is signed or encrypted.</param>
    public static CallData Read(ReadOnlyMemory<byte> stored, RqConnection? rq, PayloadContext context = default)
    {
        if (stored.IsEmpty)
            throw new UnreadableDataException("The job has no data field, so nothing says what to call.");
        (JobSerializer serializer, object? data) = (rq?.Serializers ?? s_plain).ReadCall(stored, context);
        if (data is not IList { Count: 4 } parts)
            throw new UnreadableDataException($"The job's data is {serializer.Name}, but not the four parts (function, instance, args, kwargs).");
        if (parts[0] is not string { Length: > 0 } function || parts[2] is not IList arguments || parts[3] is not IDictionary keywords)
            throw new UnreadableDataException("The job's data does not hold a function name, a list of arguments and a dict of named arguments.");

        if (keywords.Count == 0)
            return new CallData(serializer, function, parts[1] is not null, ListOf(arguments), ReadOnlyDictionary<string, object?>.Empty);
        var named = new OrderedDictionary<string, object?>(keywords.Count);
        foreach (DictionaryEntry entry in keywords)
            named[entry.Key as string ?? throw new UnreadableDataException("A keyword argument's name is not a text.")] = entry.Value;
        return new CallData(serializer, function, parts[1] is not null, ListOf(arguments), named);
    }

    private static IReadOnlyList<object?> ListOf(IList arguments) => arguments as IReadOnlyList<object?> ?? [.. arguments.Cast<object?>()];
}
