namespace Sluice.Local.NodeAgent.Containers;

/// <summary>
/// When a container that ended may start again, by the kubelet's rule: at once the first time, then after 10 s, 20 s … 5 min
/// since its end; forgotten once it ran 10 minutes.
/// </summary>
/// <remarks>
/// One rule is our own: an end after the container had been ready, or had run <see cref="HealthyRun"/>, is not a crash loop and
/// clears the back-off. A broker that is killed twice in a minute is back twice at once, a program that dies while it starts
/// waits as it does under the kubelet.
/// </remarks>
internal sealed class RestartBackoff
{
    internal static readonly TimeSpan Initial = TimeSpan.FromSeconds(10);
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    internal static readonly TimeSpan HealthyRun = TimeSpan.FromSeconds(30);

    private TimeSpan _next;
    private TimeSpan _current;

    /// <summary>How long a restart waits after the container's end; zero: at once.</summary>
    public TimeSpan Delay => _current;

    /// <summary>Takes note of an end, which settles <see cref="Delay"/> for the restart that follows.</summary>
    public void Ended(TimeSpan ran, bool wasReady)
    {
        if (wasReady || ran >= HealthyRun) _next = TimeSpan.Zero;
        _current = _next;
        _next = _next == TimeSpan.Zero ? Initial : _next * 2 < Longest ? _next * 2 : Longest;
    }
}
