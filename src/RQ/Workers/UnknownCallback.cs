namespace RQ;

/// <summary>What a worker does with the callback of a job when it does not know the function that it names.</summary>
public enum UnknownCallback
{
    /// <summary>
    /// It puts it on a queue as a job of its own, for a worker that knows it: usually one of Python's. The function is called with the
    /// job's id in place of the job, <c>None</c> for the connection, and then, after success, the result; after a failure the
    /// exception's type name, message and text. The job ends as it does with a callback that returned.
    /// </summary>
    HandOver,

    /// <summary>A success callback fails the job, the others are logged.</summary>
    Fail,
}
