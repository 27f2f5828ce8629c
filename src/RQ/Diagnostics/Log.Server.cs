using Microsoft.Extensions.Logging;

namespace RQ.Diagnostics;

/// <summary>What a worker tells about the server that it starts on.</summary>
internal static partial class Log
{
    [LoggerMessage(90, LogLevel.Warning, "Worker {Worker}: when its memory is full, this Redis throws away any key (maxmemory-policy {Policy}), and with it jobs that wait, whole queues and schedules: they are lost without a word. Set maxmemory-policy to noeviction, and give a cache a Redis of its own")]
    public static partial void EvictsAnyKey(ILogger log, string worker, string policy);

    [LoggerMessage(91, LogLevel.Warning, "Worker {Worker}: when its memory is full, this Redis throws away keys that have a time to live (maxmemory-policy {Policy}): jobs that have ended and their results, jobs that wait and have a Ttl, and the entries of workers. Set maxmemory-policy to noeviction")]
    public static partial void EvictsExpiringKeys(ILogger log, string worker, string policy);
}
