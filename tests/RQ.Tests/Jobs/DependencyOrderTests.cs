using RQ.Queues;
using Shouldly;
using Xunit;

namespace RQ.Tests.Jobs;

/// <summary>Jobs of one call come after those that they wait for.</summary>
public class DependencyOrderTests
{
    [Fact]
    public void What_is_waited_for_comes_first_and_the_rest_as_given() =>
        Order([], ["4", "2"], ["3"], [], ["3", "elsewhere"]).ShouldBe([0, 3, 4, 2, 1]);

    [Fact]
    public void Jobs_that_wait_for_each_other_are_refused()
    {
        Should.Throw<DependencyCycleException>(() => Order([], ["2"], ["3"], ["0", "1"]));
        Should.Throw<DependencyCycleException>(() => Order(["0"]));
    }

    [Fact]
    public void A_job_that_waits_for_all_others_looks_at_each_of_them_once()
    {
        const int Parents = 50_000;
        int looks = 0;

        int[] order = DependencyOrder.Of(Parents + 1, index => $"{index}", index => index == 0 ? AllOthers() : null);

        looks.ShouldBe(Parents);
        order.SequenceEqual(Enumerable.Range(1, Parents).Append(0)).ShouldBeTrue();

        IEnumerable<JobReference> AllOthers()
        {
            for (int i = 1; i <= Parents; i++)
            {
                looks++;
                yield return new JobReference($"{i}");
            }
        }
    }

    private static int[] Order(params string[][] parents) =>
        DependencyOrder.Of(parents.Length, index => $"{index}", index => parents[index] is [] ? null : parents[index].Select(id => new JobReference(id)));
}
