using Microsoft.Extensions.Time.Testing;
using RQ.Tool.Workers;

namespace RQ.Tool.Tests.Workers;

/// <summary>When an idle worker process collects its garbage.</summary>
public sealed class IdleMemoryTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly IdleMemory _memory;
    private long _allocated;
    private long _heap = 50 << 20;
    private int _collections;

    public IdleMemoryTests() => _memory = new IdleMemory(_time, () => _allocated, () => _heap, () => _collections++);

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void It_collects_once_when_the_work_is_over_and_again_after_more_work()
    {
        Pass(work: 10 << 20);
        Pass(work: 10 << 20);
        _collections.ShouldBe(0);
        Pass(work: 1000);
        _collections.ShouldBe(1);
        Pass(work: 1000);
        Pass(work: 0);
        _collections.ShouldBe(1);

        Pass(work: 10 << 20);
        Pass(work: 1000);
        _collections.ShouldBe(2);
    }

    [Fact]
    public void A_large_heap_is_left_alone()
    {
        _heap = 1L << 30;
        Pass(work: 10 << 20);
        Pass(work: 0);
        _collections.ShouldBe(0);
    }

    private void Pass(long work)
    {
        _allocated += work;
        _time.Advance(TimeSpan.FromSeconds(5));
    }
}
