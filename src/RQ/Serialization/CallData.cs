using System.Collections;

namespace RQ.Serialization;

/// <summary>The <c>data</c> field: zlib of the serialized four <c>(function, instance, args, kwargs)</c>.</summary>
internal sealed record CallData(JobSerializer Serializer, string Function, bool HasInstance, IReadOnlyList<object?> Arguments, IReadOnlyDictionary<string, object?> KeywordArguments)
{
    public static byte[] Write(JobCall call, JobSerializer serializer)
    {
        var arguments = new object?[call.Arguments.Count];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = DataTree.From(call.Arguments[i]);
        var keywords = new OrderedDictionary<object, object?>(call.KeywordArguments.Count);
        foreach ((string name, object? value) in call.KeywordArguments)
            keywords.Add(name, DataTree.From(value));
        return Compression.Deflate(serializer.Serialize(new object?[] { call.Function, null, arguments, keywords }));
    }

    /// <exception cref="UnreadableDataException">The bytes are no call.</exception>
    public static CallData Read(ReadOnlyMemory<byte> stored)
    {
        if (stored.IsEmpty)
            throw new UnreadableDataException("The job has no data field, so nothing says what to call.");
        ReadOnlyMemory<byte> bytes = Compression.Inflate(stored);
        JobSerializer serializer = JobSerializer.Of(bytes.Span);
        if (serializer.Deserialize(bytes) is not IList { Count: 4 } parts)
            throw new UnreadableDataException($"The job's data is {serializer.Name}, but not the four parts (function, instance, args, kwargs).");
        if (parts[0] is not string { Length: > 0 } function || parts[2] is not IList arguments || parts[3] is not IDictionary keywords)
            throw new UnreadableDataException("The job's data does not hold a function name, a list of arguments and a dict of named arguments.");

        var named = new OrderedDictionary<string, object?>(keywords.Count);
        foreach (DictionaryEntry entry in keywords)
            named[entry.Key as string ?? throw new UnreadableDataException("A keyword argument's name is not a text.")] = entry.Value;
        return new CallData(serializer, function, parts[1] is not null, arguments as IReadOnlyList<object?> ?? [.. arguments.Cast<object?>()], named);
    }
}
