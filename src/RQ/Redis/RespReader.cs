using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>
/// Makes replies of the bytes that a server sends, in whatever pieces they come. What has come is not looked at again, and no claimed length is
/// believed before its bytes are there. Speaks the protocol's second version, the only one that is asked for.
/// </summary>
internal sealed class RespReader
{
    private const int SmallInput = 4096;

    /// <summary>Above this the buffer is let go of again, in bytes.</summary>
    private const int LargestKept = 1024 * 1024;

    /// <summary>The longest value, in bytes: twice what Redis keeps unless it is told otherwise.</summary>
    private const long LongestValue = 1024 * 1024 * 1024;

    /// <summary>The longest line, in bytes. Errors are lines, and may quote a name.</summary>
    private const int LongestLine = 1024 * 1024;

    /// <summary>How deep arrays may be in each other.</summary>
    private const int Deepest = 64;

    /// <summary>Room for so many items is made at once; what claims to be longer grows as its items come.</summary>
    private const int FirstItems = 1024;

    private byte[] _input = new byte[SmallInput];
    private int _start;
    private int _end;

    // So many bytes from the start on the next item is known to need; before they are there it is not looked at again.
    private int _needed;

    // The arrays of which items are still to come, the outermost first.
    private Unfinished[] _arrays = new Unfinished[4];
    private int _depth;

    /// <summary>How many bytes it keeps room for.</summary>
    public int Capacity => _input.Length;

    /// <summary>Where the next bytes are to be put; tell how many there were with <see cref="Advance"/>.</summary>
    public ArraySegment<byte> Room()
    {
        int there = _end - _start;
        if (there <= SmallInput / 2 && _needed <= SmallInput && _input.Length > LargestKept)
            MoveTo(new byte[SmallInput]);
        else if (there == 0)
            _start = _end = 0;
        else if (_end == _input.Length)
            MoveTo(_start > _input.Length / 2 ? _input : new byte[Larger()]);
        return new ArraySegment<byte>(_input, _end, _input.Length - _end);
    }

    /// <exception cref="IOException">There are none, and never will be.</exception>
    public void Advance(int read)
    {
        if (read == 0)
            throw new IOException("The server closed the connection.");
        _end += read;
    }

    /// <summary>The next reply, if all of it is there. An error is returned like any other.</summary>
    /// <exception cref="IOException">What has come is not the Redis protocol. Nothing that follows can be understood.</exception>
    public bool TryRead([NotNullWhen(true)] out RedisResult? reply)
    {
        while (TryReadItem(out reply))
        {
            // An array that has just begun is no item yet.
            while (reply is not null)
            {
                if (_depth == 0)
                    return true;
                reply = Add(reply);
            }
        }

        reply = null;
        return false;
    }

    // Not much more than is needed: twice as much is as much again.
    private int Larger()
    {
        long twice = Math.Min(_input.Length * 2L, Array.MaxLength);
        return (int)(_needed > _input.Length ? Math.Min(twice, _needed) : twice);
    }

    private void MoveTo(byte[] target)
    {
        Buffer.BlockCopy(_input, _start, target, 0, _end - _start);
        _end -= _start;
        _start = 0;
        _input = target;
    }

    /// <summary>The array that the item completes.</summary>
    private RedisResult? Add(RedisResult item)
    {
        ref Unfinished array = ref _arrays[_depth - 1];
        if (array.Filled == array.Items.Length)
            Array.Resize(ref array.Items, (int)Math.Min(array.Items.Length * 2L, array.Count));
        array.Items[array.Filled++] = item;
        if (array.Filled < array.Count)
            return null;
        RedisResult whole = RedisResult.Create(array.Items);
        array = default;
        _depth--;
        return whole;
    }

    /// <returns>Whether there was an item, or the beginning of an array: then it is <c>null</c>.</returns>
    private bool TryReadItem(out RedisResult? item)
    {
        item = null;
        if (_end - _start < Math.Max(_needed, 1))
            return false;
        ReadOnlySpan<byte> pending = _input.AsSpan(_start, _end - _start);
        int lineEnd = pending.IndexOf("\r\n"u8);
        if (lineEnd < 0)
            return IsMissing(pending.Length);
        byte kind = pending[0];
        if (kind is not ((byte)'+' or (byte)'-' or (byte)':' or (byte)'$' or (byte)'*'))
            throw NotTheProtocol(kind);
        ReadOnlySpan<byte> line = pending[1..lineEnd];
        int next = lineEnd + 2;
        switch (kind)
        {
            case (byte)'+':
                item = RedisResult.Create(Encoding.UTF8.GetString(line), ResultType.SimpleString);
                break;
            case (byte)'-':
                item = RedisResult.Create(Encoding.UTF8.GetString(line), ResultType.Error);
                break;
            case (byte)':':
                item = RedisResult.Create(Number(line), ResultType.Integer);
                break;
            case (byte)'$':
                if (!TryReadValue(pending, Length(line, LongestValue), ref next, out item))
                    return false;
                break;
            default:
                item = Begin((int)Length(line, Array.MaxLength));
                break;
        }

        _start += next;
        _needed = 0;
        return true;
    }

    private bool TryReadValue(ReadOnlySpan<byte> pending, long length, ref int next, out RedisResult? item)
    {
        item = null;
        if (length < 0)
        {
            item = RedisResult.Create(RedisValue.Null, ResultType.BulkString);
            return true;
        }

        int end = next + (int)length;
        if (pending.Length < end + 2)
        {
            _needed = end + 2;
            return false;
        }

        if (!pending.Slice(end, 2).SequenceEqual("\r\n"u8))
            throw NotTheProtocol(pending[end]);
        item = RedisResult.Create((RedisValue)pending.Slice(next, (int)length).ToArray(), ResultType.BulkString);
        next = end + 2;
        return true;
    }

    /// <returns>The array when it has no items; <c>null</c> when they are to come.</returns>
    private RedisResult? Begin(int count)
    {
        if (count < 0)
            return RedisResult.Create(RedisValue.Null, ResultType.BulkString);
        if (count == 0)
            return RedisResult.Create(Array.Empty<RedisResult>());
        if (_depth == Deepest)
            throw new IOException($"The server sent arrays that are more than {Deepest} deep in each other.");
        if (_depth == _arrays.Length)
            Array.Resize(ref _arrays, _depth * 2);
        _arrays[_depth++] = new Unfinished { Items = new RedisResult[Math.Min(count, FirstItems)], Count = count };
        return null;
    }

    // What does not even begin like a reply is refused before its line has an end, which may never come.
    private bool IsMissing(int length)
    {
        byte kind = _input[_start];
        if (kind is not ((byte)'+' or (byte)'-' or (byte)':' or (byte)'$' or (byte)'*'))
            throw NotTheProtocol(kind);
        if (length > LongestLine)
            throw new IOException($"The server sent a line of more than {LongestLine:N0} bytes.");
        return false;
    }

    /// <summary>A length that may be −1, for null.</summary>
    private static long Length(ReadOnlySpan<byte> text, long most) =>
        Number(text) is var length && length >= -1 && length <= most
            ? length
            : throw new IOException($"The server sent a length of {length}, and {most:N0} is the most there can be.");

    private static long Number(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out long value, out int used) && used == text.Length
            ? value
            : throw new IOException($"The server sent '{Encoding.UTF8.GetString(text[..Math.Min(text.Length, 50)])}' where a number belongs.");

    private static IOException NotTheProtocol(byte found) =>
        new($"The server sent something that is not the Redis protocol (byte {found:x2}).");

    private struct Unfinished
    {
        public RedisResult[] Items;
        public int Count;
        public int Filled;
    }
}
