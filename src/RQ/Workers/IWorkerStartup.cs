namespace RQ;

/// <summary>
/// Sets up a worker that the command <c>rq worker</c> runs, for what its options cannot say: services, exception handlers,
/// execution filters, a serializer, a <see cref="WorkerOptions.WorkHorseKilledHandler"/>. Name the type with
/// <c>--worker-class Namespace.Type</c>; it must be in an assembly given with <c>--assembly</c>, not abstract, and have a
/// constructor without parameters.
/// </summary>
/// <example><code>
/// public sealed class ShopStartup : IWorkerStartup
/// {
///     public void Configure(WorkerOptions options) => options.Services = new ServiceCollection().AddShop().BuildServiceProvider();
/// }
/// </code></example>
public interface IWorkerStartup
{
    /// <summary>
    /// Changes the options. Called once in the worker's process and once in every work horse, after the command line was read and
    /// before anything connects. An exception ends the process with exit code 1.
    /// </summary>
    /// <param name="options">The options as the command line made them, log included; what is changed here wins.</param>
    void Configure(WorkerOptions options);
}
