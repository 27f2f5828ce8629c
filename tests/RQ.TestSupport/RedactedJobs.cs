namespace RQ.TestSupport;

/// <summary>Jobs with arguments that nobody should see.</summary>
public static class RedactedJobs
{
    public static int SignIn(string user, [Redacted] string password) => user.Length + password.Length;
}
