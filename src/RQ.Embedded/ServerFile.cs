using System.Text.Json;
using System.Text.Json.Serialization;

namespace RQ.Embedded;

/// <summary>
/// <c>rq.server</c> in a shared directory: how to reach its server, readable by its owner only. It is never deleted, so
/// that the next server takes the same port and password; whether one runs is for <see cref="ServerLock"/> to say.
/// </summary>
internal sealed record ServerFile(int Format, int Port, string Password)
{
    /// <summary>What this version writes. Goes up when an older version could not read the directory any more.</summary>
    public const int CurrentFormat = 1;

    private const string Name = "rq.server";

    /// <summary>What the file says; <c>null</c> when there is none, or none that makes sense.</summary>
    /// <exception cref="InvalidOperationException">A newer version wrote it.</exception>
    public static ServerAccess? TryRead(string directory)
    {
        ServerFile? file;
        try
        {
            file = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(directory, Name)), ServerFileJson.Default.ServerFile);
        }
        catch (Exception e) when (e is FileNotFoundException or JsonException)
        {
            return null;
        }

        if (file?.Format > CurrentFormat)
        {
            throw new InvalidOperationException(
                $"The data in '{directory}' was written by a newer version of RQ.NET.Embedded (format {file.Format}, this version knows {CurrentFormat}). "
                + "Update the package, or use another directory.");
        }

        return file is { Port: > 0 and <= 65535, Password: not null } ? new ServerAccess(file.Port, file.Password) : null;
    }

    /// <summary>Replaces the file in one step: readers see the old one or the new one.</summary>
    public static void Write(string directory, ServerAccess access)
    {
        var path = Path.Combine(directory, Name);
        var next = path + ".next";
        File.Delete(next);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(next, options))
        {
            JsonSerializer.Serialize(file, new ServerFile(CurrentFormat, access.Port, access.Password), ServerFileJson.Default.ServerFile);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }
}

[JsonSerializable(typeof(ServerFile))]
internal sealed partial class ServerFileJson : JsonSerializerContext;
