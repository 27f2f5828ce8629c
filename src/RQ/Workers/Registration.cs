using System.Globalization;
using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;
using RQ.Diagnostics;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>The worker's entry among the workers: birth, again after it was lost, and death.</summary>
/// <param name="setup">The worker.</param>
/// <param name="maintenance">Recovers what a dead worker of the same name left behind.</param>
/// <param name="address">The worker's end of its connection, as <c>CLIENT LIST</c> shows it.</param>
internal sealed class Registration(WorkerSetup setup, Maintenance maintenance, string address)
{
    private readonly DateTimeOffset _birth = setup.Time.GetUtcNow();

    public static string Version { get; } =
        typeof(Registration).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <exception cref="WorkerNameTakenException">A living worker has the name.</exception>
    public async Task RegisterAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (await WorkerRecord.RegisterAsync(setup.Connection, setup.Name, setup.Queues, Record()).ConfigureAwait(false))
            {
                case WorkerRecord.Birth.Ok:
                    return;
                case WorkerRecord.Birth.Taken:
                    throw new WorkerNameTakenException(setup.Name);
                default:
                    await maintenance.RecoverAsync(setup.Name).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <summary>Renews the lease; registers again when it is gone: others took the worker for dead, or Redis was emptied.</summary>
    public async Task RenewAsync()
    {
        RedisResult answer = await setup.Connection.ExecuteAsync(WorkerRecord.RenewCall(setup.Connection, setup.Name)).ConfigureAwait(false);
        if (WorkerRecord.ReadRenewal(answer).IsHeld)
            return;
        await RegisterAsync(CancellationToken.None).ConfigureAwait(false);
        Log.RegisteredAgain(setup.Log, setup.Name);
    }

    public async Task UnregisterAsync()
    {
        try
        {
            await WorkerRecord.UnregisterAsync(setup.Connection, setup.Name, setup.Queues, foundDead: false).ConfigureAwait(false);
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            Log.LeftWithoutGoodbye(setup.Log, exception, setup.Name);
        }
    }

    /// <summary>The fields of <c>rq:worker:{name}</c>. <c>python_version</c> is what RQ's readers show as the runtime.</summary>
    private List<RedisValue> Record() =>
    [
        "birth", RqTime.Timestamp(_birth),
        "last_heartbeat", RqTime.Timestamp(setup.Time.GetUtcNow()),
        "queues", string.Join(',', setup.Queues),
        "pid", Environment.ProcessId,
        "hostname", Dns.GetHostName(),
        "ip_address", address,
        "version", Version,
        "python_version", RuntimeInformation.FrameworkDescription,
        "state", "idle",
    ];
}
