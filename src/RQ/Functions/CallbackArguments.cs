using System.Reflection;
using RQ.Serialization;

namespace RQ.Functions;

/// <summary>What a callback may ask for.</summary>
/// <param name="Context">The run that has ended, with the callback's own token; of a callback that is a job, its own run.</param>
/// <param name="Job">The job that has ended; <c>null</c> when it is no longer there.</param>
/// <param name="Exception">Why it failed; <c>null</c> when it did not.</param>
/// <param name="Result">What the function returned, in a list of one; empty when it did not return.</param>
internal sealed record CallbackArguments(JobContext Context, Job? Job, Exception? Exception, IReadOnlyList<object?> Result)
{
    /// <summary>Makes the argument list: by type, in any order; the first parameter of no known type gets the result.</summary>
    /// <exception cref="DataBindingException">A parameter asks for something else, or the result does not fit; the message says which.</exception>
    public object?[] Bind(JobFunction function)
    {
        var bound = new object?[function.Parameters.Count];
        int results = 0;
        for (int i = 0; i < bound.Length; i++)
        {
            ParameterInfo parameter = function.Parameters[i];
            Type type = parameter.ParameterType;
            if (type == typeof(Job))
                bound[i] = Job ?? throw Misfit(function, parameter, "the job is no longer there");
            else if (type == typeof(JobContext))
                bound[i] = Context;
            else if (type == typeof(RqConnection))
                bound[i] = Context.Job.Connection;
            else if (type == typeof(CancellationToken))
                bound[i] = Context.CancellationToken;
            else if (type.IsAssignableTo(typeof(Job)))
                throw Misfit(function, parameter, "the job is given as Job, its result by another parameter");
            else if (type.IsAssignableTo(typeof(Exception)))
                bound[i] = type.IsInstanceOfType(Exception) ? Exception : null;
            else if (results < Result.Count)
                bound[i] = BindResult(function, parameter, Result[results++]);
            else if (parameter.HasDefaultValue)
                bound[i] = JobFunction.DefaultOf(parameter);
            else
                throw Misfit(function, parameter, "nothing is known for it");
        }

        return bound;
    }

    private static object? BindResult(JobFunction function, ParameterInfo parameter, object? result)
    {
        if (parameter.ParameterType.IsInstanceOfType(result))
            return result;
        try
        {
            return DataBinder.Bind(DataTree.From(result), parameter.ParameterType);
        }
        catch (Exception exception) when (exception is DataBindingException or ArgumentException)
        {
            throw Misfit(function, parameter, $"the job's result does not fit: {exception.Message}", exception);
        }
    }

    private static DataBindingException Misfit(JobFunction function, ParameterInfo parameter, string reason, Exception? exception = null) => new(
        $"The callback '{function.Name}' cannot be called: its parameter '{parameter.Name}' ({parameter.ParameterType.Name}): {reason}. A callback may take a Job, a JobContext, " +
        "an RqConnection, a CancellationToken, an Exception, and after success the result, each by its type.", exception);
}
