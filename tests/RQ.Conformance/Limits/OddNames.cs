namespace RQ.Conformance.Limits;

/// <summary>Names that somebody will think of some day.</summary>
internal static class OddNames
{
    private const string Composed = "\u00e9t\u00e9", Decomposed = "e\u0301te\u0301";

    /// <summary>All of them are names, and each is another one.</summary>
    public static readonly string[] Good =
    [
        "with space", " ", "  around  ", "line\nbreak", "line\r\n", "tab\t", "nul\0inside", "\0", "\u001b[31mred", "\u007f",
        Composed, Decomposed, "\u212b", "\u00c5", "A\u030a", "ﬁ", "fi", "Straße", "STRASSE", "default", "DEFAULT", "ı", "I", "i",
        "\u202eright to left\u202c", "\u200f\u200e", "\ufeffmark", "\u200bzero width", "\u2028", "任务队列", "עברית", "🙈", "\U0001f469\u200d\U0001f680", "\U0010ffff", "\ue000",
        "a:b", ":", "::", "a:", "{tag}", "{", "}{", "*", "?", "[a-z]", "\\", "^", "%s", "%41", "a%3Ab", "$1", "..", "/", "a/b", "a,b", "[\"a\"]", "\"", "'", "--url", "-x", "@file", "rq:queue:default", "job:xyz",
        "0", "-1", "1e5", "null", "None", "true", "intermediate", "intermediate:", ":executions:", new string('x', 64 * 1024), string.Concat(Enumerable.Repeat("é", 32 * 1024)),
    ];

    /// <summary>Texts that have no UTF-8, so that all of them would be one name.</summary>
    public static readonly string[] HalfPairs = ["\ud800", "\udc00", "a\udbffb", "\ude48\ud83d", "🙈\ud83d"];
}
