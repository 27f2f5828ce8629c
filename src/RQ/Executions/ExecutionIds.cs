using System.Globalization;

namespace RQ.Executions;

/// <summary>Makes execution ids: 32 random hex digits, as RQ's are.</summary>
internal static class ExecutionIds
{
    public static string[] New(int count)
    {
        var ids = new string[count];
        for (int i = 0; i < count; i++)
            ids[i] = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        return ids;
    }
}
