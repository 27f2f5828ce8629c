using RQ.WorkHorses;
using Shouldly;
using Xunit;

namespace RQ.Tests.WorkHorses;

public sealed class MemoryKillsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("rq-cgroup-").FullName;

    [Fact]
    public void Version_2_counts_in_memory_events()
    {
        string file = Write("shop.slice/memory.events", "low 0\noom 2\noom_kill 2\n");
        MemoryKills.FileOf(["0::/shop.slice"], _root).ShouldBe(file);
    }

    [Fact]
    public void Version_1_counts_in_oom_control()
    {
        string file = Write("memory/shop/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
        MemoryKills.FileOf(["9:name=systemd:/", "4:cpu,memory:/shop", "0::/"], _root).ShouldBe(file);
    }

    [Fact]
    public void In_a_container_the_group_is_at_the_root()
    {
        string file = Write("memory.events", "oom_kill 0\n");
        MemoryKills.FileOf(["0::/../elsewhere"], _root).ShouldBe(file);
    }

    [Fact]
    public void What_is_not_there_counts_nothing()
    {
        MemoryKills.FileOf(["0::/", "nonsense"], _root).ShouldBeNull();
        MemoryKills.Around(int.MaxValue, _root).HasGrown.ShouldBeFalse();
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string Write(string name, string text)
    {
        string file = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }
}
