using Microsoft.Extensions.Options;
using RQ.Redis;

namespace RQ;

/// <summary>Says at the start of the host which option cannot be, by its key in the configuration and the place in code.</summary>
internal sealed class RqValidation(RqRegistrations registrations) :
    IValidateOptions<RqOptions>, IValidateOptions<RqWorkerOptions>, IValidateOptions<QueueOptions>
{
    public ValidateOptionsResult Validate(string? name, RqOptions options)
    {
        if (!registrations.HasConnection && string.IsNullOrWhiteSpace(options.Url))
        {
            return ValidateOptionsResult.Fail(
                $"'{registrations.Key("Url")}' is not set. Set it in the configuration, for example to 'redis://localhost:6379', or call AddRq(\"redis://…\").");
        }

        return Check(registrations.Key(), "AddRq", () =>
        {
            RqConnection.Validate(options);
            if (options.ConnectTimeout <= TimeSpan.Zero)
                throw new ArgumentException($"ConnectTimeout must be above zero; it is {options.ConnectTimeout}.");
            if (!registrations.HasConnection && !RedisUrl.IsEmbedded(options.Url!, out _))
                RedisUrl.Parse(options.Url!);
        });
    }

    public ValidateOptionsResult Validate(string? name, RqWorkerOptions options) =>
        Check(Key("Worker", name), $"AddWorker(\"{name}\", …)", () =>
        {
            if (options.Queues.Any(string.IsNullOrEmpty))
                throw new ArgumentException("Queues must not hold an empty name.");
            foreach (string queue in options.Queues)
                StoredName.OfQueue(queue);
            if (options.Name is { } worker)
                StoredName.CheckWorker(worker);
            options.Freeze();
            // Without a name they are no worker's, but what callers run jobs with.
            if (!string.IsNullOrEmpty(name))
                CheckWeights(options);
        });

    public ValidateOptionsResult Validate(string? name, QueueOptions options) =>
        Check(Key("Queue", name), $"AddQueue(\"{name}\", …)", () =>
        {
            options.Freeze();
            Queues.JobOptionsCheck.Timeout(options.DefaultTimeout, nameof(QueueOptions.DefaultTimeout));
        });

    /// <summary>As <c>rq worker</c> does.</summary>
    private static void CheckWeights(RqWorkerOptions options)
    {
        if (options.QueueWeights.Count > 0 && options.DequeueStrategy != DequeueStrategy.Weighted)
            throw new ArgumentException($"QueueWeights have no meaning with DequeueStrategy {options.DequeueStrategy}; it must be {DequeueStrategy.Weighted}.");
        if (options.QueueWeights.Keys.FirstOrDefault(queue => !options.Queues.Contains(queue)) is { } stranger)
            throw new ArgumentException($"QueueWeights: the worker does not serve a queue '{stranger}'. It serves: {string.Join(", ", options.Queues)}.");
    }

    private string Key(string kind, string? name) => string.IsNullOrEmpty(name) ? registrations.Key(kind) : registrations.Key(kind + "s", name);

    private static ValidateOptionsResult Check(string key, string call, Action check)
    {
        try
        {
            check();
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail($"{key}: {exception.Message} Change it in the configuration or where {call} is called.");
        }
    }
}
