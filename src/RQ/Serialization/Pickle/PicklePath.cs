namespace RQ.Serialization;

/// <summary>Paths of pathlib, which are written as their parts.</summary>
internal static class PicklePath
{
    public static string? Join(object?[] parts, char separator)
    {
        if (parts.Length == 0)
        {
            return ".";
        }
        foreach (var part in parts)
        {
            if (part is not string)
            {
                return null;
            }
        }
        // The first part of a path with a root ends with a separator: "/", "c:\".
        var root = (string)parts[0]!;
        return parts.Length == 1 ? root : (root.EndsWith(separator) ? root : root + separator) + string.Join(separator, parts[1..]);
    }
}
