namespace RQ.Tool.Tests;

public class ServerAddressTests
{
    [Fact]
    public void The_option_wins_then_RQs_variables_then_the_settings_CFG_1_CFG_2()
    {
        (string, string)[] all = [("RQ_REDIS_URL", "redis://two"), ("REDIS_URL", "redis://three"), ("REDIS_HOST", "four")];

        Find("redis://one", all).Url.ShouldBe("redis://one");
        Find(null, all).Url.ShouldBe("redis://two");
        Find("", all[1..]).Url.ShouldBe("redis://three");
        Find(null, all[2..]).Url.ShouldBe("redis://four:6379/0");
        Find(null).Url.ShouldBe("redis://localhost:6379/0");
    }

    [Fact]
    public void Settings_are_put_together_CFG_2_CFG_3()
    {
        Find(null, ("REDIS_PORT", "7000"), ("REDIS_DB", "3")).Url.ShouldBe("redis://localhost:7000/3");
        Find(null, ("REDIS_HOST", "db"), ("REDIS_PASSWORD", "se:s/a@me")).Url.ShouldBe("redis://:se%3As%2Fa%40me@db:6379/0");
        Find(null, ("REDIS_HOST", "::1"), ("REDIS_SSL", "True")).Url.ShouldBe("rediss://[::1]:6379/0");
        Find(null, ("REDIS_SSL", "no")).Url.ShouldStartWith("redis://");
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("required", true)]
    [InlineData("optional", true)]
    [InlineData("None", false)]
    [InlineData("none", false)]
    public void Certificates_are_checked_unless_somebody_says_not_to_CFG_3_S143(string? text, bool isChecked)
    {
        ServerAddress address = Find(null, ("REDIS_SSL", "true"), ("REDIS_SSL_CERT_REQS", text!));

        address.ChecksCertificate.ShouldBe(isChecked);
        (address.ToOptions().CertificateValidation is null).ShouldBe(isChecked);
        new ServerAddress("rediss://host").ToOptions().CertificateValidation.ShouldBeNull();
    }

    [Theory]
    [InlineData("REDIS_SSL_CERT_REQS", "false", "required or none")]
    [InlineData("REDIS_SSL", "perhaps", "true or false")]
    [InlineData("REDIS_PORT", "tcp://10.0.0.7:6379", "1 to 65535")]
    [InlineData("REDIS_DB", "-1", "from 0")]
    [InlineData("REDIS_SSL_CA_DATA", "-----BEGIN", "REDIS_SSL_CA_CERTS")]
    [InlineData("REDIS_SSL_KEYFILE", "client.key", "REDIS_SSL_CERTFILE")]
    public void What_cannot_be_is_told_S143(string variable, string value, string told)
    {
        (string, string)[] environment = [(variable, value), ("REDIS_SSL", variable == "REDIS_SSL" ? value : "true"), ("REDIS_PASSWORD", "sesame")];

        string message = Should.Throw<UsageException>(() => Find(null, environment)).Message;

        message.ShouldContain(variable);
        message.ShouldContain(told);
        message.ShouldNotContain("sesame");
    }

    private static ServerAddress Find(string? option, params (string Name, string Value)[] environment) =>
        ServerAddress.Find(option, name => Array.Find(environment, each => each.Name == name).Value);
}
