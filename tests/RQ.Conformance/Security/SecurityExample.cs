using System.Security.Cryptography.X509Certificates;
using RQ.Conformance.Samples;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Security;

/// <summary>The examples of the page on security, line by line; <see cref="SecurityPageTests"/> compares the two.</summary>
public static class SecurityExample
{
    public static JobFunctions Functions()
    {
        var functions = new JobFunctions().Add("orders.send", Orders.SendAsync);
        return functions;
    }

    public static async Task<string> EnqueueAsync(string url)
    {
        KeyRing keys = KeyRing.FromEnvironment("SHOP_JOB_KEYS");   // or KeyRing.FromFile("/run/secrets/job-keys")
        await using RqConnection rq = await RqConnection.ConnectAsync(url, new RqConnectionOptions
        {
            Serializer = JobSerializer.Pickle.WithEncryption(keys),   // or WithSigning(keys)
        });
        Job job = await new Queue("default", rq).EnqueueAsync(JobCall.To("orders.send", 7));
        await new Worker(["default"], rq, new WorkerOptions { Functions = Functions(), Burst = true }).RunAsync();
        return $"{await job.GetStatusAsync()}: {job.Description}";
    }

    public static RqConnectionOptions Tls()
    {
        var options = new RqConnectionOptions { CertificateAuthorityFile = "/etc/ssl/shop-ca.pem" };
        return options;
    }

    public static RqConnectionOptions MutualTls()
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile("/etc/ssl/shop.pem", "/etc/ssl/shop.key");
        var options = new RqConnectionOptions { CertificateAuthorityFile = "/etc/ssl/shop-ca.pem", ClientCertificate = certificate };
        return options;
    }
}

public static class Orders
{
    public static Task SendAsync(int order) => Task.FromResult(order);
}

public static class ShopAccounts
{
    public static Task SignInAsync(string user, [Redacted] string password) => Task.FromResult((user, password));
}

public class SecurityPageTests
{
    private const string Variable = "SHOP_JOB_KEYS";

    [Fact]
    public async Task The_examples_of_the_page_on_security_run()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Environment.SetEnvironmentVariable(Variable, $"2026-11:{KeyRing.NewKey()}");

        (await SecurityExample.EnqueueAsync(world.Url)).ShouldBe("Finished: orders.send(…)");

        SecurityExample.Tls().CertificateAuthorityFile.ShouldNotBeNull();
        JobCall call = JobCall.FromExpression((System.Linq.Expressions.Expression<Func<Task>>)(() => ShopAccounts.SignInAsync("ada", "s3cret")));
        call.ToString().ShouldBe("RQ.Conformance.Security.ShopAccounts.SignInAsync('ada', ***)");
    }

    [Fact]
    public void The_examples_of_the_page_on_security_are_the_code_that_runs()
    {
        string[] code = Pages.Lines(Pages.Read("tests/RQ.Conformance/Security/SecurityExample.cs"));
        string[][] blocks = [.. Pages.Blocks("```csharp", AclServer.Page).Select(Pages.Lines)];
        blocks.Length.ShouldBe(5);
        foreach (string[] shown in blocks)
        {
            // An ellipsis stands for the rest of the line.
            int start = Array.FindIndex(code, line => Matches(line, shown[0]));
            start.ShouldBeGreaterThanOrEqualTo(0, shown[0]);
            for (int i = 0; i < shown.Length; i++)
                Matches(code[start + i], shown[i]).ShouldBeTrue($"{code[start + i]} is shown as {shown[i]}");
        }
    }

    private static bool Matches(string line, string shown) => shown.EndsWith('…') ? line.StartsWith(shown[..^1], StringComparison.Ordinal) : line == shown;
}
