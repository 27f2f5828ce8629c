using System.Reflection;
using Microsoft.Extensions.Logging;
using RQ.Diagnostics;
using Shouldly;
using Xunit;

namespace RQ.Tests.Diagnostics;

/// <summary>Operators filter and count by event ids.</summary>
public sealed class EventIdTests
{
    [Fact]
    public void Each_event_has_an_id_of_its_own()
    {
        int[] ids = [.. typeof(Log).GetMethods(BindingFlags.Static | BindingFlags.Public)
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>().Select(message => message.EventId)];
        ids.Length.ShouldBeGreaterThan(100);
        ids.GroupBy(id => id).Where(id => id.Count() > 1).Select(id => id.Key).ShouldBeEmpty();
    }
}
