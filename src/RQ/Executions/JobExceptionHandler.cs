namespace RQ;

/// <summary>
/// Is told about every failed attempt of a worker's jobs, after the job's failure callback and before the failure is stored; not
/// about jobs that were stopped. See <see cref="WorkerOptions.ExceptionHandlers"/>. It may take 60 s; an exception of its own is
/// logged and changes nothing.
/// </summary>
/// <param name="failure">What happened.</param>
/// <returns>Whether the handlers that follow are told too.</returns>
public delegate ValueTask<bool> JobExceptionHandler(JobExceptionContext failure);
