using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace RQ.TestSupport;

/// <summary>What tests ask of log lines.</summary>
public static class LogRecords
{
    private const int StarvedThreadPool = 87;

    /// <summary>Whether it tells of something wrong; not that the threads of this process are busy, which the tests beside this one may have done.</summary>
    public static bool IsWarning(this FakeLogRecord record) => record.Level >= LogLevel.Warning && record.Id.Id != StarvedThreadPool;
}
