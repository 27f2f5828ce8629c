using RQ.Jobs;
using RQ.Queues;
using RQ.Redis.Transitions;
using RQ.Serialization;
using StackExchange.Redis;

namespace RQ;

public partial class Job
{
    /// <summary>One value of the metadata as a type of yours.</summary>
    /// <typeparam name="T">The type that the value is bound to, as parameters of job functions are.</typeparam>
    /// <param name="key">Its key.</param>
    /// <returns>The value; the default of the type when there is none.</returns>
    /// <exception cref="RqException">The value does not fit the type, or the metadata cannot be read.</exception>
    public T? GetMeta<T>(string key) => Meta.TryGetValue(key, out object? value) ? (T?)DataBinder.Bind(value, typeof(T)) : default;

    /// <summary>Sets one value of the metadata; the others stay as they are, also those that somebody else sets at the same time.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">A value that can be stored as data.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <exception cref="JobNotFoundException">The job is no longer there.</exception>
    public Task SetMetaAsync(string key, object? value, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return UpdateMetaAsync(meta => meta[key] = value, cancellationToken);
    }

    /// <summary>
    /// Changes the metadata. The change is made to what is stored now, and made again when somebody else was quicker: two writers
    /// do not erase each other's keys. The TTL of the job stays as it is.
    /// </summary>
    /// <param name="change">Changes the values in place; may be called several times.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <exception cref="JobNotFoundException">The job is no longer there.</exception>
    /// <exception cref="JobTooLargeException">The metadata would be larger than <see cref="RqConnectionOptions.MaxJobSize"/>.</exception>
    /// <exception cref="ArgumentException">A value cannot be stored.</exception>
    /// <exception cref="RqException">What is stored cannot be read, and is left as it is.</exception>
    public async Task UpdateMetaAsync(Action<IDictionary<string, object?>> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            JobHash hash = await ReadAsync(Id, Connection, cancellationToken).ConfigureAwait(false);
            IReadOnlyDictionary<string, object?> stored = ReadMeta(Connection, hash);
            var meta = new OrderedDictionary<string, object?>(stored);
            change(meta);
            RedisValue written = meta.Count == 0 ? RedisValue.Null : Write(SerializerOf(hash), ChangedMeta(stored, meta));
            if (!await SetMeta.ExecuteAsync(Connection, Id, hash[JobFields.Meta], written).WaitAsync(cancellationToken).ConfigureAwait(false))
                continue;
            await RefreshAsync(cancellationToken).ConfigureAwait(false);
            return;
        }
    }

    private byte[] Write(JobSerializer serializer, OrderedDictionary<object, object?> meta)
    {
        byte[] written = serializer.Write(meta, new PayloadContext(PayloadKind.Meta, Id), out int length);
        return new JobSize(Connection.MaxJobSize).Counted(written, length);
    }

    // What is stored already, perhaps by Python, is written as it was read, unless something that is no data was put into it.
    private static OrderedDictionary<object, object?> ChangedMeta(IReadOnlyDictionary<string, object?> stored, OrderedDictionary<string, object?> meta)
    {
        var data = new OrderedDictionary<object, object?>(meta.Count);
        foreach ((string key, object? value) in meta)
            data.Add(key, stored.TryGetValue(key, out object? before) && ReferenceEquals(before, value) && DataTree.IsData(value) ? value : DataTree.From(value));
        return data;
    }

    /// <summary>The format of the job's call, in which all is written that is about the job.</summary>
    internal JobSerializer Serializer => SerializerOf(_hash);

    // RQ reads the metadata with the serializer of the call.
    private JobSerializer SerializerOf(JobHash hash)
    {
        try
        {
            return CallData.Read(hash, Connection).Serializer;
        }
        catch (UnreadableDataException)
        {
            return Connection.Serializer;
        }
    }
}
