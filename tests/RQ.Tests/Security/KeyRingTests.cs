using Shouldly;
using Xunit;

namespace RQ.Tests.Security;

public class KeyRingTests
{
    private static readonly string s_key = KeyRing.NewKey();

    [Fact]
    public void The_first_key_is_the_one_that_writes()
    {
        var keys = new KeyRing($"# newest first\n2026-11:{KeyRing.NewKey()}\r\n 2026-05 : {s_key}\n\n");

        keys.Ids.ShouldBe(["2026-11", "2026-05"]);
        keys.ToString().ShouldBe("2026-11, 2026-05");
        new KeyRing($"a:{s_key},b:{s_key}").Ids.ShouldBe(["a", "b"]);
    }

    [Fact]
    public void A_new_key_is_random_and_long_enough()
    {
        Convert.FromBase64String(KeyRing.NewKey()).Length.ShouldBe(KeyRing.LeastKeyLength);
        KeyRing.NewKey().ShouldNotBe(KeyRing.NewKey());
    }

    [Theory]
    [InlineData("", "at least one key")]
    [InlineData("# nothing", "at least one key")]
    [InlineData("{key}", "Key number 1 is not valid: write id:BASE64")]
    [InlineData(":{key}", "Key number 1 is not valid")]
    [InlineData("ok:{key},two:{key}§", "Key number 2 is not valid")]
    [InlineData("an id:{key}", "The id of key number 1 is not valid")]
    [InlineData("a:{short}", "The key 'a' has 31 bytes. A key is 32 to 1024 random bytes; KeyRing.NewKey() makes one.")]
    [InlineData("a:{key},a:{key}", "two keys with the id 'a'")]
    public void What_is_no_ring_is_told_without_the_key(string text, string told)
    {
        string shortKey = Convert.ToBase64String(new byte[31]);
        string given = text.Replace("{key}", s_key, StringComparison.Ordinal).Replace("{short}", shortKey, StringComparison.Ordinal);

        string message = Should.Throw<ArgumentException>(() => new KeyRing(given)).ToString();

        message.ShouldContain(told);
        message.ShouldNotContain(s_key);
        message.ShouldNotContain(shortKey);
    }

    [Fact]
    public void A_ring_comes_from_a_file_or_the_environment()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, $"a:{s_key}\n");
        KeyRing.FromFile(file).Ids.ShouldBe(["a"]);
        File.Delete(file);

        Should.Throw<ArgumentException>(() => KeyRing.FromEnvironment("RQ_NO_SUCH_VARIABLE")).Message.ShouldContain("RQ_NO_SUCH_VARIABLE is not set");
    }

    [Fact]
    public void A_secret_that_is_changed_afterwards_changes_nothing()
    {
        byte[] secret = Convert.FromBase64String(s_key);
        JobSerializer before = JobSerializer.Json.WithSigning(new KeyRing([new("a", secret)]));
        byte[] signed = before.Serialize("text");

        Array.Clear(secret);

        JobSerializer.Json.WithSigning(new KeyRing($"a:{s_key}")).Deserialize(signed).ShouldBe("text");
        before.Deserialize(signed).ShouldBe("text");
    }
}
