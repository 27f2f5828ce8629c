using RQ.Jobs;
using StackExchange.Redis;

namespace RQ.Serialization;

/// <summary>
/// The formats that a connection reads: RQ's two, and those of the connection, its queues and its workers. So whoever uses the
/// connection can read what each of them writes. When the connection's own signs or encrypts, only what is signed or encrypted is read.
/// </summary>
/// <param name="limit">What a compressed call may unfold to, in bytes; less than the default counts as the default.</param>
/// <param name="own">The connection's own; <c>null</c> for a pickle.</param>
internal sealed class SerializerSet(long limit = 0, JobSerializer? own = null)
{
    private readonly Lock _turn = new();
    private readonly ProtectedSerializer? _protection = own as ProtectedSerializer;
    private volatile JobSerializer[] _custom = own is null or { IsBuiltIn: true } ? [] : [own];

    /// <summary>What a compressed call may unfold to when it is read, in bytes.</summary>
    public long InflateLimit { get; } = Math.Max(Compression.MaxInflated, limit);

    /// <summary>How many of the user's formats are known.</summary>
    public int CustomCount => _custom.Length;

    /// <summary>How the data of all jobs is protected; <c>null</c> when plain data is read too.</summary>
    public ProtectionMode? Required => _protection is { AllowsUnprotected: false } ? _protection.Mode : null;

    /// <summary>Makes known a format that is used over the connection. A queue may be made for every call: its serializer is known from the first one.</summary>
    /// <exception cref="ArgumentException">What it writes would not be read over this connection.</exception>
    public void Add(JobSerializer serializer)
    {
        if (Required is not null && serializer is not ProtectedSerializer)
        {
            throw new ArgumentException(
                $"The serializer '{serializer.Name}' cannot be used over a connection whose own serializer is '{_protection!.Name}': what it writes is not protected, and would be refused where it is read. " +
                "Use a connection of its own for it.");
        }

        if (IsKnown(serializer))
            return;
        lock (_turn)
        {
            if (!IsKnown(serializer))
                _custom = [.. _custom, serializer];
        }
    }

    private bool IsKnown(JobSerializer serializer) => serializer.IsBuiltIn || Array.Exists(_custom, known => serializer is ProtectedSerializer guarded
        ? known is ProtectedSerializer other && guarded.IsSame(other)
        : known.GetType() == serializer.GetType() && known.Name == serializer.Name);

    /// <summary>Reads a stored call, and tells its format.</summary>
    /// <exception cref="UnreadableDataException">It cannot be read.</exception>
    public (JobSerializer Serializer, object? Data) ReadCall(ReadOnlyMemory<byte> stored, in PayloadContext context)
    {
        ReadOnlyMemory<byte> bytes = Unfold(stored);
        JobSerializer serializer = OfCall(bytes.Span);
        return (serializer, serializer.Read(bytes, context, InflateLimit));
    }

    /// <summary>Reads metadata or a result, which is in the format of the job's call.</summary>
    /// <exception cref="UnreadableDataException">The bytes cannot be read.</exception>
    public object? Read(JobHash job, ReadOnlyMemory<byte> bytes, PayloadKind kind)
    {
        JobSerializer serializer = Envelope.Is(bytes.Span) ? OfEnvelope(bytes.Span)
            : Required is { } mode ? throw ProtectedSerializer.NotProtected(mode)
            : CustomOf(job) ?? JobSerializer.Of(bytes.Span);
        return serializer.Read(bytes, new PayloadContext(kind, job.Id), InflateLimit);
    }

    /// <summary>
    /// Whether what the job's hash asks for beside its call, its callbacks and webhooks, is what its producer has asked for. Always so where data need not be protected: there
    /// whoever can write to the server is trusted.
    /// </summary>
    public bool VouchesFor(JobHash job)
    {
        if (Required is null)
            return true;
        try
        {
            ReadOnlyMemory<byte> bytes = Unfold((byte[]?)job.Data);
            (OfCall(bytes.Span) as ProtectedSerializer)?.Open(bytes.Span, PayloadContext.OfCall(job), InflateLimit);
            return true;
        }
        catch (UnreadableDataException)
        {
            return false;
        }
    }

    /// <summary>A payload of one place for another one: the call of a schedule for one of its jobs.</summary>
    /// <exception cref="UnreadableDataException">It does not belong to the first one, or was changed.</exception>
    public RedisValue Move(RedisValue stored, in PayloadContext from, in PayloadContext to)
    {
        if ((byte[]?)stored is not { } bytes || !Envelope.Is(bytes))
            return Required is { } mode ? throw ProtectedSerializer.NotProtected(mode) : stored;
        return OfEnvelope(bytes).Move(bytes, from, to);
    }

    /// <summary>A text about a job as it is stored: encrypted when the job's data is.</summary>
    public string Hide(JobHash job, string text, PayloadKind kind) =>
        HiderOf(job) is { } hider ? ProtectedText.Seal(text, hider, new PayloadContext(kind, job.Id)) : text;

    /// <summary>The counterpart of <see cref="Hide"/>.</summary>
    /// <returns>Where the keys are not known, words that say so.</returns>
    public string Show(string jobId, string text, PayloadKind kind)
    {
        if (ProtectedText.BytesOf(text) is not { } bytes)
            return text;
        try
        {
            return System.Text.Encoding.UTF8.GetString(OfEnvelope(bytes).Open(bytes, new PayloadContext(kind, jobId), InflateLimit).Span);
        }
        catch (UnreadableDataException exception)
        {
            return $"(encrypted) {exception.Message}";
        }
    }

    /// <summary>Whether what is said about the job, also in logs, must not tell its arguments.</summary>
    public static bool Hides(JobSerializer serializer) => serializer is ProtectedSerializer { Hides: true };

    private ProtectedSerializer? HiderOf(JobHash job)
    {
        if (_protection is { Hides: true })
            return _protection;
        if (!Array.Exists(_custom, Hides) || (byte[]?)job.Data is not { } data)
            return null;
        try
        {
            ReadOnlyMemory<byte> bytes = Unfold(data);
            return Envelope.Is(bytes.Span) && OfEnvelope(bytes.Span) is { Hides: true } hider ? hider : null;
        }
        catch (UnreadableDataException)
        {
            return null;
        }
    }

    /// <summary>
    /// A call without the zlib around it. Where only protected data is read nothing is unfolded that was not verified, but for what Python puts around a
    /// protected call: that is compressed within, so there it saves next to nothing.
    /// </summary>
    private ReadOnlyMemory<byte> Unfold(ReadOnlyMemory<byte> stored)
    {
        if (Envelope.Is(stored.Span))
            return stored;
        if (Required is not { } mode)
            return Compression.Inflate(stored, InflateLimit);
        try
        {
            return Compression.Inflate(stored, (stored.Length * 2L) + 1024);
        }
        catch (UnreadableDataException)
        {
            throw ProtectedSerializer.NotProtected(mode);
        }
    }

    private JobSerializer OfCall(ReadOnlySpan<byte> bytes)
    {
        if (Envelope.Is(bytes))
            return OfEnvelope(bytes);
        if (Required is { } mode)
            throw ProtectedSerializer.NotProtected(mode);
        foreach (JobSerializer serializer in _custom)
        {
            if (serializer is not ProtectedSerializer && CanRead(serializer, bytes))
                return serializer;
        }

        return JobSerializer.Of(bytes);
    }

    private ProtectedSerializer OfEnvelope(ReadOnlySpan<byte> bytes)
    {
        var envelope = Envelope.Read(bytes);
        string? reason = null;
        foreach (JobSerializer serializer in _custom)
        {
            if (serializer is not ProtectedSerializer guarded)
                continue;
            string? own = guarded.WhyNot(envelope);
            if (own is null)
                return guarded;
            reason ??= own;
        }

        throw new UnreadableDataException(
            $"The data cannot be read: {reason ?? "it is signed or encrypted, and this connection has no keys"}. Give the connection the serializer and the keys of the producer (RqConnectionOptions.Serializer).");
    }

    private JobSerializer? CustomOf(JobHash job)
    {
        if (_custom.Length == 0 || (byte[]?)job.Data is not { } data)
            return null;
        JobSerializer serializer = OfCall(Unfold(data).Span);
        return serializer.IsBuiltIn ? null : serializer;
    }

    private static bool CanRead(JobSerializer serializer, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return serializer.CanRead(bytes);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new UnreadableDataException($"The serializer '{serializer.Name}' threw when it was asked whether it can read the {bytes.Length} bytes: {exception.Message}", exception);
        }
    }
}
