namespace RQ.Tool;

/// <summary>What <c>ps</c>, <c>top</c> and <c>pkill</c> call this process, instead of <c>dotnet</c>. Linux only; elsewhere nothing happens.</summary>
internal static class ProcessName
{
    /// <param name="name">At most 15 bytes; the kernel cuts off the rest.</param>
    public static void Set(string name)
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            File.WriteAllText("/proc/self/comm", name);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // No /proc, or a read-only one: then it goes by its old name.
        }
    }
}
