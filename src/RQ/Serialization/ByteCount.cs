using System.Globalization;

namespace RQ.Serialization;

/// <summary>Shows sizes in messages.</summary>
internal static class ByteCount
{
    private const long Mebi = 1024 * 1024;

    /// <summary>Whole bytes below 1 MiB, else MiB.</summary>
    public static string Text(long bytes) => bytes < Mebi
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)Mebi:0.#} MiB");
}
