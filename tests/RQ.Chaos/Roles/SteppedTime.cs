using System.IO.MemoryMappedFiles;

namespace RQ.Chaos.Roles;

/// <summary>The system's time, wrong by what a file says, so that a clock can be set while its process runs. Elapsed time stays right, as the system's does.</summary>
internal sealed class SteppedTime : TimeProvider, IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _offset;

    public SteppedTime(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, sizeof(long));
        _offset = _file.CreateViewAccessor(0, sizeof(long));
    }

    /// <summary>How wrong it is.</summary>
    public TimeSpan Offset
    {
        get => TimeSpan.FromTicks(_offset.ReadInt64(0));
        set => _offset.Write(0, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;

    public void Dispose()
    {
        _offset.Dispose();
        _file.Dispose();
    }
}
