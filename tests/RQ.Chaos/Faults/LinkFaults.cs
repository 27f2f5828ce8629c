using RQ.Chaos.Cast;

namespace RQ.Chaos.Faults;

/// <summary>Something is wrong between one process and the server.</summary>
/// <param name="name">As it is named.</param>
/// <param name="description">One line.</param>
/// <param name="share">How often.</param>
/// <param name="effect">What may come of it.</param>
/// <param name="least">How long at least, in seconds.</param>
/// <param name="most">How long at most.</param>
/// <param name="begin">Makes it wrong.</param>
/// <param name="end">Makes it right.</param>
internal sealed class LinkFault(
    string name, string description, int share, Effect effect, double least, double most, Action<Link, Random> begin, Action<Link> end) : FaultKind
{
    private static readonly Part[] s_parts = Enum.GetValues<Part>();

    public override string Name => name;

    public override string Description => description;

    public override int Share => share;

    public override Effect Effect => effect;

    public override bool Fits(Troupe cast) => true;

    public static IEnumerable<FaultKind> All() =>
    [
        new LinkFault("link-cut", "all connections of a process are cut", 70, Effect.None, 0, 0, (link, _) => link.Cut(), _ => { }),
        new LinkFault(
            "link-slow", "each chunk of a process takes 20–300 ms each way, for 1–6 s", 35, Effect.None, 1, 6,
            (link, random) => link.Delay = TimeSpan.FromMilliseconds(random.Next(20, 300)), link => link.Delay = TimeSpan.Zero),
        new LinkFault(
            "link-held", "nothing of a process arrives for 1–14 s, then all of it", 25, Effect.Silence, 1, 14, (link, _) => link.Hold(), link => link.Release()),
        new LinkFault(
            "link-half-open", "connections of a process, those of before and new ones, carry nothing for 1–14 s, and what was struck never again", 30, Effect.Silence, 1, 14,
            (link, _) => link.LosesAnswers = link.LosesRequests = true, link => link.LosesAnswers = link.LosesRequests = false),
        new LinkFault(
            "link-deaf", "what the server says to a process is lost for 1–10 s, and on the connections that were struck for ever", 20, Effect.Silence, 1, 10,
            (link, _) => link.LosesAnswers = true, link => link.LosesAnswers = false),
        new LinkFault(
            "link-mute", "what a process says is lost for 1–10 s, and on the connections that were struck for ever", 15, Effect.Silence, 1, 10,
            (link, _) => link.LosesRequests = true, link => link.LosesRequests = false),
    ];

    public override async Task<bool> StrikeAsync(Strike strike)
    {
        if (strike.Any(member => member.Around, s_parts) is not { } member)
            return false;
        try
        {
            Fault fault = strike.Log.Begin(this, member);
            begin(member.Link, strike.Random);
            if (most > 0)
                await Task.Delay(strike.Time(least, most));
            end(member.Link);
            // RQ waits on a dead connection for seven minutes, and has no way to notice: it gets the reset that a router would send.
            if (effect == Effect.Silence && member.Part == Part.Python)
                member.Link.Cut();
            strike.Log.End(fault);
            return true;
        }
        finally
        {
            member.Around.Release();
        }
    }
}
