using System.Security.Cryptography;

namespace RQ.Executions;

/// <summary>Makes execution ids: 32 random hex digits, as RQ's are.</summary>
internal static class ExecutionIds
{
    private const int Size = 16;

    public static string[] New(int count)
    {
        // Asking the system for chance costs more than writing an id of it.
        byte[] random = RandomNumberGenerator.GetBytes(count * Size);
        var ids = new string[count];
        for (int i = 0; i < count; i++)
            ids[i] = Convert.ToHexStringLower(random, i * Size, Size);
        return ids;
    }
}
