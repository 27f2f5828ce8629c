namespace RQ.Model.Plays;

/// <summary>Makes a play that fails shorter and simpler, as long as it fails in the same way.</summary>
internal static class Shrinking
{
    /// <param name="commands">Commands that fail.</param>
    /// <param name="failsAsync">Whether some of them fail, too.</param>
    /// <param name="patience">For how long to go on.</param>
    public static async Task<Command[]> ShrinkAsync(IReadOnlyList<Command> commands, Func<IReadOnlyList<Command>, Task<bool>> failsAsync, TimeSpan patience)
    {
        long begun = TimeProvider.System.GetTimestamp();
        bool IsOver() => TimeProvider.System.GetElapsedTime(begun) > patience;
        List<Command> left = [.. commands];
        bool smaller = true;
        while (smaller && !IsOver())
        {
            smaller = false;
            // Large pieces first: most commands have nothing to do with it.
            for (int size = Math.Max(left.Count / 2, 1); size >= 1 && !IsOver(); size /= 2)
            {
                for (int at = left.Count - size; at >= 0 && !IsOver(); at -= size)
                {
                    if (at + size > left.Count)
                        continue;
                    List<Command> fewer = [.. left[..at], .. left[(at + size)..]];
                    if (!await failsAsync(fewer))
                        continue;
                    left = fewer;
                    smaller = true;
                }
            }

            for (int i = 0; i < left.Count && !IsOver(); i++)
            {
                foreach (Command simpler in left[i].Simpler)
                {
                    List<Command> simplified = [.. left];
                    simplified[i] = simpler;
                    if (!await failsAsync(simplified))
                        continue;
                    left = simplified;
                    smaller = true;
                    break;
                }
            }
        }

        return [.. left];
    }
}
