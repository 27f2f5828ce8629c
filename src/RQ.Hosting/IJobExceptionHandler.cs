namespace RQ;

/// <summary>A <see cref="JobExceptionHandler"/> that comes from the service container, see <see cref="RqBuilder.AddExceptionHandler{T}"/>.</summary>
public interface IJobExceptionHandler
{
    /// <summary>Is told about a failed attempt.</summary>
    /// <param name="failure">What happened.</param>
    /// <returns>Whether the handlers that follow are told too.</returns>
    ValueTask<bool> HandleAsync(JobExceptionContext failure);
}
