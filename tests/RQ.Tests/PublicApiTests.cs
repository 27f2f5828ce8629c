using PublicApiGenerator;
using Shouldly;
using Xunit;

namespace RQ.Tests;

/// <summary>The public API as text: a change to it shows in the diff of a file that is reviewed.</summary>
public class PublicApiTests
{
    [Fact]
    public void The_core_shows_what_was_reviewed() => Check(typeof(RqConnection));

    [Fact]
    public void The_embedded_server_shows_what_was_reviewed() => Check(typeof(RQ.Embedded.EmbeddedServer));

    [Fact]
    public void The_part_for_hosts_shows_what_was_reviewed() => Check(typeof(RqBuilder));

    private static void Check(Type type)
    {
        string api = type.Assembly.GeneratePublicApi(new ApiGeneratorOptions
        {
            IncludeAssemblyAttributes = false,
            // Where extensions of service collections live.
            AllowNamespacePrefixes = ["Microsoft.Extensions.DependencyInjection"],
        });
        string file = Path.Combine(Root(), "tests", "RQ.Tests", $"PublicApi.{type.Assembly.GetName().Name}.txt");
        string reviewed = File.Exists(file) ? File.ReadAllText(file) : "";
        if (reviewed.ReplaceLineEndings("\n") == api.ReplaceLineEndings("\n"))
            return;
        string received = file.Replace(".txt", ".received.txt", StringComparison.Ordinal);
        File.WriteAllText(received, api);
        reviewed.ReplaceLineEndings("\n").ShouldBe(api.ReplaceLineEndings("\n"), $"The public API of {type.Assembly.GetName().Name} changed. If that is meant, rename {received}.");
    }

    private static string Root()
    {
        // Deterministic builds map source paths, so the root is found from the running assembly.
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "RQ.slnx")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException($"The repository's root is not above {AppContext.BaseDirectory}.");
    }
}
