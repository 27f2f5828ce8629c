namespace RQ.Serialization;

/// <summary>Numbers and truth values as objects. The small ones are shared, as Python shares them.</summary>
internal static class PickleBox
{
    public static readonly object True = true;
    public static readonly object False = false;

    private static readonly object[] Small = [.. Enumerable.Range(0, byte.MaxValue + 1).Select(number => (object)(long)number)];

    public static object Of(byte number) => Small[number];

    public static object Of(long number) => number is >= 0 and <= byte.MaxValue ? Small[number] : number;
}
