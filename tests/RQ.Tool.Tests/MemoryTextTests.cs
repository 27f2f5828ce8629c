namespace RQ.Tool.Tests;

public class MemoryTextTests
{
    [Theory]
    [InlineData("1048576", 1 << 20)]
    [InlineData("64k", 64 << 10)]
    [InlineData("512M", 512L << 20)]
    [InlineData(" 2g ", 2L << 30)]
    [InlineData("1T", 1L << 40)]
    public void Reads_units(string text, long bytes) => MemoryText.Parse(text, "--max-horse-memory").ShouldBe(bytes);

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("0")]
    [InlineData("-1M")]
    [InlineData("1.5G")]
    [InlineData("1GB")]
    [InlineData("999999999999T")]
    public void Refuses_what_is_none(string text) => Should.Throw<UsageException>(() => MemoryText.Parse(text, "--max-horse-memory"));
}
