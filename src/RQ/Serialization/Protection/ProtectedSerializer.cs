namespace RQ.Serialization;

/// <summary>Another serializer, whose payloads are signed or encrypted. They are verified before anything of them is unfolded or parsed.</summary>
internal sealed class ProtectedSerializer : JobSerializer
{
    private readonly JobSerializer _inner;
    private readonly KeyRing _keys;
    private readonly ProtectionOptions _options;

    /// <exception cref="ArgumentException">The other one protects already.</exception>
    public ProtectedSerializer(JobSerializer inner, ProtectionMode mode, KeyRing keys, ProtectionOptions? options)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (inner is ProtectedSerializer)
            throw new ArgumentException($"The serializer is {inner.Name} already. Encrypting also signs: use one of the two.");
        (_inner, Mode, _keys, _options) = (inner, mode, keys, options ?? new ProtectionOptions());
    }

    public ProtectionMode Mode { get; }

    /// <summary>Whether others must not see what it writes.</summary>
    public bool Hides => Mode == ProtectionMode.Encrypted;

    public bool AllowsUnprotected => _options.AllowUnprotected;

    public override string Name => $"{Word(Mode)} {_inner.Name}";

    public override bool CanRead(ReadOnlySpan<byte> bytes) => Envelope.Is(bytes) && WhyNot(Envelope.Read(bytes)) is null;

    /// <summary>Why it cannot read what has this envelope; <c>null</c> when it can.</summary>
    public string? WhyNot(Envelope envelope)
    {
        if (envelope.Mode != Mode)
            return $"the data is {Word(envelope.Mode)}, but the serializer here reads data that is {Word(Mode)}";
        return _keys.Find(envelope.KeyId) is null ? $"its key '{Shown(envelope.KeyId)}' is none of those that are known here ({_keys})" : null;
    }

    public bool IsSame(ProtectedSerializer other) =>
        other.Mode == Mode && other._options == _options && other._inner.GetType() == _inner.GetType() && other._inner.Name == _inner.Name && _keys.IsSame(other._keys);

    /// <summary>For one who calls it directly: what it writes is bound to no job.</summary>
    public override byte[] Serialize(object? data) => Seal(_inner.Write(data), default, isBound: false);

    public override object? Deserialize(ReadOnlyMemory<byte> bytes) => Parse(bytes, default, Compression.MaxInflated, isAnywhere: true);

    internal override byte[] Write(object? data, in PayloadContext context, out int plainLength)
    {
        byte[] plain = _inner.Write(data);
        plainLength = plain.Length;
        return Seal(plain, context, _options.BindToJob);
    }

    internal override object? Read(ReadOnlyMemory<byte> bytes, in PayloadContext context, long limit) => Parse(bytes, context, limit, isAnywhere: false);

    /// <summary>Protects bytes that are no serialized data, such as a text.</summary>
    public byte[] Seal(byte[] plain, in PayloadContext context) => Seal(plain, context, _options.BindToJob);

    /// <summary>Takes out what was protected.</summary>
    /// <exception cref="UnreadableDataException">It was changed, was not written with one of the keys, or for another place.</exception>
    public ReadOnlyMemory<byte> Open(ReadOnlySpan<byte> bytes, in PayloadContext context, long limit)
    {
        (Envelope envelope, byte[] payload) = Verify(bytes, context, isAnywhere: false);
        return envelope.IsCompressed ? Compression.Inflate(payload, limit) : payload;
    }

    /// <summary>The same payload for another place; what is bound to none stays as it is.</summary>
    /// <exception cref="UnreadableDataException">It does not belong to the first one, or was changed.</exception>
    public byte[] Move(byte[] bytes, in PayloadContext from, in PayloadContext to)
    {
        (Envelope envelope, byte[] payload) = Verify(bytes, from, isAnywhere: false);
        return envelope.IsBound ? PayloadCipher.Seal(Mode, _keys.First, payload, envelope.Flags, to.ToBytes(), isRepeatable: false) : bytes;
    }

    private byte[] Seal(byte[] plain, in PayloadContext context, bool isBound)
    {
        byte[] payload = Compression.Shortest(plain, out bool isCompressed);
        PayloadFlags flags = (isCompressed ? PayloadFlags.Compressed : PayloadFlags.None) | (isBound ? PayloadFlags.Bound : PayloadFlags.None);
        // A schedule that is stored once more must be found to be the same.
        bool isRepeatable = context.Kind is PayloadKind.CronCall or PayloadKind.CronMeta;
        return PayloadCipher.Seal(Mode, _keys.First, payload, flags, isBound ? context.ToBytes() : [], isRepeatable);
    }

    private object? Parse(ReadOnlyMemory<byte> bytes, in PayloadContext context, long limit, bool isAnywhere)
    {
        if (!Envelope.Is(bytes.Span))
            return AllowsUnprotected ? _inner.Read(bytes) : throw NotProtected(Mode);
        (Envelope envelope, byte[] payload) = Verify(bytes.Span, context, isAnywhere);
        return _inner.Read(envelope.IsCompressed ? Compression.Inflate(payload, limit) : payload);
    }

    private (Envelope Envelope, byte[] Payload) Verify(ReadOnlySpan<byte> bytes, in PayloadContext context, bool isAnywhere)
    {
        var envelope = Envelope.Read(bytes);
        if (WhyNot(envelope) is { } reason)
            throw new UnreadableDataException($"The data cannot be read: {reason}. Give all sides the same keys: add a new key everywhere before one side writes with it.");
        if (!envelope.IsBound && _options.BindToJob && !isAnywhere)
        {
            throw new UnreadableDataException(
                $"The data is {Word(Mode)}, but bound to no job, so it may have been copied from another one. Set ProtectionOptions.BindToJob alike on all sides (false where Python takes part).");
        }

        byte[] place = envelope.IsBound ? context.ToBytes() : [];
        byte[]? payload = PayloadCipher.Open(envelope, _keys.Find(envelope.KeyId)!, bytes, place);
        return payload is not null
            ? (envelope, payload)
            : throw new UnreadableDataException(
                $"The data is refused: it was changed, or was {Word(Mode)} with another key '{envelope.KeyId}'{(envelope.IsBound ? ", or was written for another job or with other callbacks or webhooks" : "")}.");
    }

    public static UnreadableDataException NotProtected(ProtectionMode mode) => new(
        $"The data is not {Word(mode)}, and this connection reads no other: it was written by a producer without the keys. " +
        "Give it the keys; to let such jobs in while producers are moved over, set ProtectionOptions.AllowUnprotected.");

    private static string Word(ProtectionMode mode) => mode == ProtectionMode.Signed ? "signed" : "encrypted";

    // It comes from whoever wrote the data.
    private static string Shown(string keyId) => string.Concat(keyId.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '?'));
}
