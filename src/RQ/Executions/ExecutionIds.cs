using System.Security.Cryptography;

namespace RQ.Executions;

/// <summary>Makes execution ids: 32 random hex digits, as RQ's are.</summary>
internal static class ExecutionIds
{
    private const int Length = 16;
    private const int BytesAtOnce = 1024;

    public static string[] New(int count)
    {
        // Asking the system for chance costs more than writing an id of it.
        Span<byte> random = stackalloc byte[BytesAtOnce];
        var ids = new string[count];
        for (int i = 0; i < count; i++)
        {
            int start = i * Length % BytesAtOnce;
            if (start == 0)
                RandomNumberGenerator.Fill(random[..Math.Min((count - i) * Length, BytesAtOnce)]);
            ids[i] = Convert.ToHexStringLower(random.Slice(start, Length));
        }

        return ids;
    }
}
