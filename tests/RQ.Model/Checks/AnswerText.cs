using StackExchange.Redis;

namespace RQ.Model.Checks;

/// <summary>Of an answer the part that the model foretells, as text: what depends on the order of sets is left out.</summary>
internal static class AnswerText
{
    public static string? Of(string script, RedisResult answer)
    {
        if (IsDeclare(answer))
            return "declare";
        return script switch
        {
            "read" or "inspect_worker" or "delete_results" => null,
            "take" => Take((RedisResult[])answer!),
            "enqueue" => Enqueue((RedisResult[])answer!),
            "release" => $"{answer[0]},{answer[2]}",
            "admit" => (string)answer[0]!,
            "expire" or "empty" or "renew_lease" => $"{answer[0]},{answer[1]}",
            "promote" => (string?)answer[0] == "lost" ? "lost" : $"ok,{answer[1]},{answer[2]},{answer[3]}",
            "hold_schedules" => $"[{string.Join(',', ((RedisResult[])answer!).Skip(1).Where((_, i) => i % 3 == 0))}]",
            "find_overdue" => $"{answer[0]},{answer[1]},[{string.Join(',', ((RedisResult[])answer!).Skip(2).Chunk(6).Select(found => $"{found[0]}={found[5]}"))}]",
            _ => Whole(answer),
        };
    }

    private static bool IsDeclare(RedisResult answer) => answer.Length > 0 && answer[0].Length < 0 && (string?)answer[0] == "declare";

    private static string Whole(RedisResult answer) =>
        answer.Length >= 0 && answer.Resp2Type == ResultType.Array ? $"[{string.Join(',', ((RedisResult[])answer!).Select(Whole))}]" : (string?)answer ?? "nil";

    private static string Enqueue(RedisResult[] answer) => (string?)answer[0] switch
    {
        "ok" => $"ok,{Whole(answer[1])}",
        "cycle" => $"cycle,{answer[1]}",
        _ => $"[{string.Join(',', answer.Select(Whole))}]",
    };

    private static string Take(RedisResult[] answer)
    {
        const int usualLength = 12;
        var taken = new List<string>();
        for (int n = 4; n < answer.Length;)
        {
            bool isUsual = answer[n].Length < 0;
            taken.Add(isUsual ? $"{answer[n]}={answer[n + 2]}" : $"{answer[n][0]}={answer[n][2]}");
            n += isUsual ? usualLength : 1;
        }

        // What a worker is told that it has started comes in no order.
        return $"{answer[0]},{answer[1]},{answer[2]},{Whole(answer[3])},[{string.Join(',', taken.Order(StringComparer.Ordinal))}]";
    }
}
