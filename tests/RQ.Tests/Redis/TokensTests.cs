using RQ.Redis;
using Shouldly;
using Xunit;

namespace RQ.Tests.Redis;

public class TokensTests
{
    [Fact]
    public void Job_ids_are_random_uuids_of_version_4_as_rq_writes_them()
    {
        string[] ids = [.. Enumerable.Range(0, 20_000).AsParallel().Select(_ => Tokens.NewJobId())];

        ids.Distinct().Count().ShouldBe(ids.Length);
        foreach (string id in ids)
            id.ShouldMatch("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", customMessage: id);
        // Each digit that is left to chance takes all its values.
        for (int i = 0; i < 36; i++)
        {
            if (i is not (8 or 13 or 14 or 18 or 19 or 23))
                ids.Select(id => id[i]).Distinct().Count().ShouldBe(16);
        }
    }
}
