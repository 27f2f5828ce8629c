namespace RQ.Tool.Tests;

/// <summary>S142: passwords, users and hosts that an address must write in another way.</summary>
public class AwkwardAddressTests
{
    private const string Password = "a/b!c@d:e%f$g#h+i j?k";

    [Fact]
    public async Task A_password_with_awkward_characters_is_understood_wherever_it_comes_from_S142()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await server.RequirePasswordAsync(Password);
        string url = $"redis://:{Uri.EscapeDataString(Password)}@127.0.0.1:{server.Port}/0";
        string[] info = ["info", "--raw"];

        (await RqProcess.RunAsync([.. info, "--url", url])).ShouldBe(Empty());
        foreach ((string, string)[] environment in new (string, string)[][]
        {
            [("RQ_REDIS_URL", url)],
            [("REDIS_URL", url)],
            [("REDIS_PASSWORD", Password), ("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", $"{server.Port}")],
            // The first that says something counts, and nothing of the others.
            [("RQ_REDIS_URL", url), ("REDIS_URL", "redis://:other@127.0.0.1:1"), ("REDIS_PASSWORD", "other")],
        })
        {
            (await RqProcess.RunAsync(environment, info)).ShouldBe(Empty());
        }

        server.Kill();
    }

    [Fact]
    public async Task A_user_name_and_an_IPv6_host_are_understood_S142()
    {
        await using RedisServer server = await RedisServer.StartAsync("--bind", "127.0.0.1", "-::1");
        await using RqConnection admin = await RqConnection.ConnectAsync(server.Url());
        await admin.Multiplexer.GetDatabase().ExecuteAsync("ACL", "SETUSER", "an@na", "on", $">{Password}", "~*", "&*", "+@all");

        foreach (string host in System.Net.Sockets.Socket.OSSupportsIPv6 ? new[] { "127.0.0.1", "[::1]" } : ["127.0.0.1"])
        {
            string url = $"redis://{Uri.EscapeDataString("an@na")}:{Uri.EscapeDataString(Password)}@{host}:{server.Port}/0";
            (await RqProcess.RunAsync("info", "--raw", "-u", url)).ShouldBe(Empty());
        }
    }

    [Fact]
    public async Task A_verbose_worker_says_which_server_it_is_and_who_names_it_without_the_password_S142_S143()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await server.RequirePasswordAsync(Password);

        RqExit exit = await RqProcess.RunAsync(
            [("REDIS_PASSWORD", Password), ("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", $"{server.Port}")], "worker", "--burst", "-v");

        exit.Code.ShouldBe(0, exit.Errors);
        exit.Output.ShouldContain($"The server is 127.0.0.1:{server.Port}, named by REDIS_HOST, REDIS_PORT, REDIS_PASSWORD");
        (exit.Output + exit.Errors).ShouldNotContain("a/b!c");
        server.Kill();
    }

    private static RqExit Empty() => new(0, "", "");
}
