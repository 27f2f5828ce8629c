using System.Buffers.Binary;
using System.Text;

namespace RQ.Scheduling;

/// <summary>
/// The offsets of a zone as its file of the time zone database says them (TZif, RFC 9636). Where there are such files they are read here, as
/// <see cref="TimeZoneInfo"/> is a day off after their last listed change where a rule has a time of 24:00 or more, or before 0:00: in Santiago,
/// Cairo, Jerusalem and Nuuk. Long files list the changes up to 2037, short ones only those of the past.
/// </summary>
internal sealed class ZoneFile
{
    private const int HeaderSize = 44;

    private readonly long[] _changes;
    private readonly int[] _offsets;
    private readonly int _first;
    private readonly ZoneRule? _rule;

    private ZoneFile(long[] changes, int[] offsets, int first, ZoneRule? rule)
    {
        _changes = changes;
        _offsets = offsets;
        _first = first;
        _rule = rule;
    }

    /// <summary>The file of a zone that <see cref="TimeZoneInfo"/> knows; <c>null</c> where there is none, or none that can be read.</summary>
    public static ZoneFile? Find(string id)
    {
        if (OperatingSystem.IsWindows())
            return null;
        try
        {
            string directory = Environment.GetEnvironmentVariable("TZDIR") is { Length: > 0 } told ? told : "/usr/share/zoneinfo";
            return Read(File.ReadAllBytes(Path.Combine(directory, id)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <returns><c>null</c> when it is not such a file, or of the first version, which has nothing after 2037.</returns>
    public static ZoneFile? Read(ReadOnlySpan<byte> file)
    {
        try
        {
            // A block for readers of the first version is passed over.
            if (!file.StartsWith("TZif"u8) || file[4] < '2')
                return null;
            file = file[(HeaderSize + BlockSize(file, 4))..];
            return file.StartsWith("TZif"u8) ? ReadBlock(file) : null;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>Local time minus UTC at an instant, in seconds.</summary>
    public long Offset(long instant)
    {
        int next = Array.BinarySearch(_changes, instant);
        next = next < 0 ? ~next : next + 1;
        if (next == _changes.Length && _rule is not null)
            return _rule.Offset(instant);
        return next == 0 ? _first : _offsets[next - 1];
    }

    private static ZoneFile? ReadBlock(ReadOnlySpan<byte> block)
    {
        int changes = Count(block, 32), types = Count(block, 36);
        ReadOnlySpan<byte> times = block[HeaderSize..], kinds = times[(8 * changes)..], infos = kinds[changes..];
        var at = new long[changes];
        var offsets = new int[changes];
        for (int i = 0; i < changes; i++)
        {
            at[i] = BinaryPrimitives.ReadInt64BigEndian(times[(8 * i)..]);
            offsets[i] = BinaryPrimitives.ReadInt32BigEndian(infos[(6 * kinds[i])..]);
        }
        if (types == 0)
            return null;
        string footer = Encoding.ASCII.GetString(block[(HeaderSize + BlockSize(block, 8))..]).Trim('\n');
        ZoneRule? rule = footer.Length == 0 ? null : ZoneRule.Read(footer);
        // A rule that cannot be read is not to be guessed at.
        return footer.Length > 0 && rule is null ? null : new ZoneFile(at, offsets, BinaryPrimitives.ReadInt32BigEndian(infos), rule);
    }

    /// <summary>The size of what follows a header, where times take so many bytes.</summary>
    private static int BlockSize(ReadOnlySpan<byte> header, int time) =>
        Count(header, 20) + Count(header, 24) + Count(header, 28) * (time + 4) + Count(header, 32) * (time + 1) + Count(header, 36) * 6 + Count(header, 40);

    private static int Count(ReadOnlySpan<byte> header, int position) => BinaryPrimitives.ReadInt32BigEndian(header[position..]);
}
