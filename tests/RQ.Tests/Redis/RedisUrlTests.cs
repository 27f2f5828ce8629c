using System.Net;
using System.Net.Sockets;
using RQ.Redis;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Tests.Redis;

public class RedisUrlTests
{
    [Fact]
    public void Reads_what_redis_py_reads()
    {
        ConfigurationOptions plain = RedisUrl.Parse("redis://localhost");
        plain.EndPoints.Single().ShouldBe(new DnsEndPoint("localhost", 6379));
        plain.DefaultDatabase.ShouldBe(0);
        plain.Ssl.ShouldBeFalse();

        ConfigurationOptions full = RedisUrl.Parse("redis://us%40er:p%3Ass@10.0.0.1:7000/3");
        full.EndPoints.Single().ShouldBe(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 7000));
        full.User.ShouldBe("us@er");
        full.Password.ShouldBe("p:ss");
        full.DefaultDatabase.ShouldBe(3);

        RedisUrl.Parse("redis://:secret@h").Password.ShouldBe("secret");
        RedisUrl.Parse("redis://h/?db=5").DefaultDatabase.ShouldBe(5);

        ConfigurationOptions tls = RedisUrl.Parse("rediss://h:1234");
        tls.Ssl.ShouldBeTrue();
        tls.SslHost.ShouldBe("h");

        ConfigurationOptions unix = RedisUrl.Parse("unix://:pw@/run/redis.sock?db=2");
        unix.EndPoints.Single().ShouldBeOfType<UnixDomainSocketEndPoint>().ToString().ShouldBe("/run/redis.sock");
        unix.Password.ShouldBe("pw");
        unix.DefaultDatabase.ShouldBe(2);
        ConfigurationOptions at = RedisUrl.Parse("unix://:p@ss@/run/a@b.sock");
        at.EndPoints.Single().ToString().ShouldBe("/run/a@b.sock");
        at.Password.ShouldBe("p@ss");
    }

    [Fact]
    public void Reads_a_configuration_string()
    {
        ConfigurationOptions options = RedisUrl.Parse("host:6380,password=secret,defaultDatabase=4");
        options.EndPoints.Single().ShouldBe(new DnsEndPoint("host", 6380));
        options.Password.ShouldBe("secret");
    }

    [Theory]
    [InlineData("")]
    [InlineData("http://h")]
    [InlineData("redis://h/notanumber")]
    [InlineData("unix://")]
    [InlineData("redis://user:topsecret@[bad")]
    [InlineData("host,password=topsecret,nonsense=1")]
    [InlineData("embedded:memory")]
    [InlineData("embedded:6380,password=topsecret")]
    [InlineData("host,password=topsecret://")]
    [InlineData("redis://h/topsecret")]
    [InlineData("unix://topsecret/01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789")]
    public void What_cannot_be_read_is_refused_without_showing_a_password(string url)
    {
        var error = Should.Throw<ArgumentException>(() =>
        {
            if (!RedisUrl.IsEmbedded(url, out _))
                RedisUrl.Parse(url);
        });
        error.Message.ShouldNotContain("topsecret");
    }

    [Fact]
    public void Knows_the_embedded_server()
    {
        RedisUrl.IsEmbedded("embedded:", out string? none).ShouldBeTrue();
        none.ShouldBeNull();
        RedisUrl.IsEmbedded("embedded:path=./data", out string? directory).ShouldBeTrue();
        directory.ShouldBe("./data");
        RedisUrl.IsEmbedded("redis://embedded:1", out _).ShouldBeFalse();
    }
}
