using RQ.Serialization;

namespace RQ;

/// <summary>
/// How calls, metadata and results are written. Reading needs no choice between the two formats of RQ: what is stored says by
/// its first bytes which of them it is. A format of your own is a subclass, given to the connection, the queue or the worker; a
/// worker answers in the format of the job.
/// </summary>
/// <remarks>
/// What a serializer is given, and what it gives back, is plain data: <c>null</c>, <see cref="bool"/>, whole numbers of every size
/// up to <see cref="System.Numerics.BigInteger"/>, <see cref="float"/>, <see cref="double"/>, <see cref="decimal"/>,
/// <see cref="string"/>, <see cref="byte"/> arrays, <see cref="Guid"/>, dates, times and <see cref="TimeSpan"/>,
/// <c>object?[]</c> for tuples, <c>List&lt;object?&gt;</c>, <c>HashSet&lt;object&gt;</c>, and
/// <c>OrderedDictionary&lt;object, object?&gt;</c>; objects of your types have been turned into such dictionaries before. It may give
/// back other collections and types, such as a JsonElement. A call is the array <c>[function name, null, arguments, dictionary of named
/// arguments]</c>; metadata is a dictionary with texts as keys; a result is any value but <c>null</c>. It is called from many threads.
/// </remarks>
public abstract class JobSerializer
{
    /// <summary>Makes a serializer of your own.</summary>
    protected JobSerializer()
    {
    }

    /// <summary>
    /// Python's pickle, plain data only: Python RQ reads and writes it unless configured otherwise. Nothing in a pickle is
    /// ever executed or instantiated here beyond builtins and a short list of value types.
    /// </summary>
    public static JobSerializer Pickle { get; } = new PickleSerializer();

    /// <summary>JSON, as Python RQ's <c>JSONSerializer</c> writes it: every Python side that reads these jobs must be configured for it.</summary>
    public static JobSerializer Json { get; } = new DataJsonSerializer();

    /// <summary>
    /// The name that people read in error messages: <c>pickle</c>, <c>json</c>, or your own. Serializers of one class and one name
    /// are taken for the same format.
    /// </summary>
    public abstract string Name { get; }

    /// <summary>Writes plain data as bytes. Whatever it throws is told to the caller who enqueues, or stored as the job's failure.</summary>
    /// <param name="data">See the remarks of <see cref="JobSerializer"/>.</param>
    /// <returns>An array that nobody changes any more: it may be kept, and sent later.</returns>
    public abstract byte[] Serialize(object? data);

    /// <summary>Reads bytes as plain data. Whatever it throws makes the job fail with that reason; the worker goes on.</summary>
    /// <param name="bytes">What <see cref="Serialize"/> of this or another process returned, uncompressed.</param>
    public abstract object? Deserialize(ReadOnlyMemory<byte> bytes);

    /// <summary>
    /// Whether stored bytes are in this format. Asked about the calls of all jobs, so that others may still enqueue in RQ's formats.
    /// Default: they look neither like a pickle nor like JSON.
    /// </summary>
    /// <param name="bytes">A stored call, uncompressed.</param>
    public virtual bool CanRead(ReadOnlySpan<byte> bytes) => !StoredFormat.IsPickle(bytes) && !StoredFormat.IsJson(bytes);

    /// <summary>
    /// The same format, signed with HMAC-SHA256: what somebody without the keys has written or changed is refused before anything of it is parsed. Everybody
    /// who can read Redis can still read it. Give it to the connection (<see cref="RqConnectionOptions.Serializer"/>), which then reads nothing else, on all sides.
    /// </summary>
    /// <param name="keys">The keys.</param>
    /// <param name="options">How strict it is; <c>null</c> means the defaults.</param>
    /// <exception cref="ArgumentException">This one is signed or encrypted already.</exception>
    public JobSerializer WithSigning(KeyRing keys, ProtectionOptions? options = null) => new ProtectedSerializer(this, ProtectionMode.Signed, keys, options);

    /// <summary>
    /// The same format, encrypted and signed with AES-256-GCM: as <see cref="WithSigning"/>, and nobody without the keys can read calls, metadata, results, the texts of failures,
    /// progress and log lines. Descriptions name the function only, unless you give one. Names of functions in callbacks, queues, times and all else stay readable.
    /// </summary>
    /// <inheritdoc cref="WithSigning"/>
    public JobSerializer WithEncryption(KeyRing keys, ProtectionOptions? options = null) => new ProtectedSerializer(this, ProtectionMode.Encrypted, keys, options);

    /// <summary>Whether it is one of RQ's formats.</summary>
    internal virtual bool IsBuiltIn => false;

    /// <summary>Which of RQ's formats the bytes are in. Pickles begin with 0x80, or in the oldest protocols with a letter that no JSON text begins with.</summary>
    internal static JobSerializer Of(ReadOnlySpan<byte> bytes) => StoredFormat.BeginsLikeJson(bytes) ? Json : Pickle;

    /// <summary>Calls <see cref="Serialize"/>, whoever wrote it.</summary>
    /// <exception cref="ArgumentException">The data cannot be written.</exception>
    internal byte[] Write(object? data)
    {
        if (IsBuiltIn)
            return Serialize(data);
        try
        {
            return Serialize(data) ?? throw new ArgumentException("it returned null");
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new ArgumentException($"The serializer '{Name}' cannot write the value: {exception.Message}", exception);
        }
    }

    /// <summary>The same for one place.</summary>
    /// <param name="data">The data.</param>
    /// <param name="context">What it is, and of which job.</param>
    /// <param name="plainLength">How long it is for its reader, before it is compressed.</param>
    /// <exception cref="ArgumentException">The data cannot be written.</exception>
    internal virtual byte[] Write(object? data, in PayloadContext context, out int plainLength)
    {
        byte[] bytes = Write(data);
        plainLength = bytes.Length;
        return bytes;
    }

    internal byte[] Write(object? data, in PayloadContext context) => Write(data, context, out _);

    /// <summary>Reads what was written for one place.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="context">What it is, and of which job.</param>
    /// <param name="limit">What it may unfold to, if that is left to this serializer.</param>
    /// <exception cref="UnreadableDataException">The bytes are not of this format, hold more than data, or do not belong there.</exception>
    internal virtual object? Read(ReadOnlyMemory<byte> bytes, in PayloadContext context, long limit) => Read(bytes);

    /// <summary>Calls <see cref="Deserialize"/>, whoever wrote it.</summary>
    /// <exception cref="UnreadableDataException">The bytes are not of this format, or hold more than data.</exception>
    internal object? Read(ReadOnlyMemory<byte> bytes)
    {
        if (IsBuiltIn)
            return Deserialize(bytes);
        try
        {
            return DataTree.From(Deserialize(bytes));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new UnreadableDataException($"The serializer '{Name}' cannot read the {bytes.Length} bytes: {exception.Message}", exception);
        }
    }
}
