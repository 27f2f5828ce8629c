namespace RQ.Workers;

/// <summary>
/// Tells where the worker's loop may go on at once: on threads that the worker has made, while they run no code of users. Elsewhere it would
/// hold up whatever goes on there, and might run inside its locks.
/// </summary>
internal static class WorkerThread
{
    [ThreadStatic]
    private static bool s_isCurrent;

    /// <summary>Whether it is so on the calling thread.</summary>
    public static bool IsCurrent => s_isCurrent;

    /// <summary>Says so of the calling thread, for as long as it lives.</summary>
    public static void Mark() => s_isCurrent = true;

    /// <summary>Until it is disposed of, on the same thread, the calling one runs code of users.</summary>
    public static Lending Lend() => new(s_isCurrent);

    internal readonly struct Lending : IDisposable
    {
        private readonly bool _wasCurrent;

        internal Lending(bool isCurrent)
        {
            _wasCurrent = isCurrent;
            s_isCurrent = false;
        }

        public void Dispose() => s_isCurrent = _wasCurrent;
    }
}
