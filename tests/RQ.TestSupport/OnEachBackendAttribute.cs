using System.Reflection;
using Xunit.Sdk;
using Xunit;
using Xunit.v3;

namespace RQ.TestSupport;

/// <summary>Runs a theory once on each server: its one parameter is a <see cref="Backend"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnEachBackendAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>([.. Enum.GetValues<Backend>().Select(backend => new TheoryDataRow<Backend>(backend))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
