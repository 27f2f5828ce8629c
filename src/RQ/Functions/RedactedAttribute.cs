namespace RQ;

/// <summary>
/// Keeps the value of a parameter out of all that people read: the job's description shows <c>***</c> in its place, and so do logs, messages about arguments that do not fit,
/// and <c>rq cron</c>. The value itself is stored with the job's arguments; to keep it from those who can read Redis too, encrypt them (<see cref="JobSerializer.WithEncryption"/>).
/// It holds for calls by lambda: of a call by name (<see cref="JobCall.To(string, object?[])"/>) nobody knows what is secret, so give such a job a <see cref="JobOptions.Description"/>.
/// <code>
/// public static Task SignIn(string user, [Redacted] string password) =&gt; …;
/// // RQ's description: Shop.Accounts.SignIn('ada', ***)
/// </code>
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RedactedAttribute : Attribute;
