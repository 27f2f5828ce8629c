namespace RQ.Serialization;

/// <summary>Names as C#, Python and JSON write them: <c>FirstName</c>, <c>first_name</c>, <c>FIRST_NAME</c>, <c>firstName</c> and <c>first-name</c> are one.</summary>
internal static class MemberNames
{
    public static string Fold(string name) => string.Create(name.Length - name.AsSpan().Count('_') - name.AsSpan().Count('-'), name, static (folded, name) =>
    {
        int length = 0;
        foreach (char letter in name)
        {
            if (letter is not ('_' or '-'))
                folded[length++] = char.ToLowerInvariant(letter);
        }
    });
}
