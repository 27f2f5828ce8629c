using Microsoft.Extensions.Logging;

namespace RQ.WorkHorses;

/// <summary>What a work horse learns from its worker when it starts: all else it knows because it is the same program.</summary>
/// <param name="WorkerName">The worker's name.</param>
/// <param name="GivenName">What the worker is called in its program; <c>null</c> when only its registered name was drawn.</param>
/// <param name="Queues">The worker's queues: a program may have several workers.</param>
/// <param name="KeyPrefix">The prefix of the worker's keys: they may be in several namespaces.</param>
/// <param name="Arguments">Arguments of the program that are not on the work horse's command line.</param>
/// <param name="Level">The least level that the worker logs.</param>
/// <param name="Streams">Whether the server has streams.</param>
/// <param name="Copy">Whether it has COPY.</param>
/// <param name="Memory">Whether the worker wants to know, with each outcome, how much memory the work horse takes.</param>
/// <param name="Place">Which server the worker is connected to, see <see cref="RqConnection.Place"/>: what is said of the server holds for that one.</param>
/// <param name="Embedded">The address of the embedded server, for connections to one; <c>null</c> for none.</param>
/// <param name="Password">Its password.</param>
internal sealed record HorseHello(
    string WorkerName, string? GivenName, string[] Queues, string KeyPrefix, string[] Arguments, LogLevel Level, bool Streams, bool Copy, bool Memory, string Place, string? Embedded, string? Password)
{
    /// <summary>Records show what they hold, and this one holds passwords.</summary>
    public override string ToString() => WorkerName;

    public void Write(BinaryWriter writer)
    {
        writer.Write(WorkerName);
        writer.Write(GivenName ?? "");
        Write(writer, Queues);
        writer.Write(KeyPrefix);
        Write(writer, Arguments);
        writer.Write((int)Level);
        writer.Write(Streams);
        writer.Write(Copy);
        writer.Write(Memory);
        writer.Write(Place);
        writer.Write(Embedded ?? "");
        writer.Write(Password ?? "");
    }

    public static HorseHello Read(BinaryReader reader) => new(
        reader.ReadString(), OrNull(reader.ReadString()), ReadTexts(reader), reader.ReadString(), ReadTexts(reader), (LogLevel)reader.ReadInt32(),
        reader.ReadBoolean(), reader.ReadBoolean(), reader.ReadBoolean(), reader.ReadString(), OrNull(reader.ReadString()), OrNull(reader.ReadString()));

    private static void Write(BinaryWriter writer, string[] texts)
    {
        writer.Write(texts.Length);
        foreach (string text in texts)
            writer.Write(text);
    }

    private static string[] ReadTexts(BinaryReader reader)
    {
        string[] texts = new string[reader.ReadCount()];
        for (int i = 0; i < texts.Length; i++)
            texts[i] = reader.ReadString();
        return texts;
    }

    private static string? OrNull(string text) => text.Length > 0 ? text : null;
}
