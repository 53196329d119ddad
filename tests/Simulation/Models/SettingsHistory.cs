using System.Globalization;

namespace Simulation.Models;

/// <summary>
/// The settings that a topic has had, and when. A change holds for certain once it is answered and may hold from when it was asked for;
/// so bounds are as tight as what clients know allows, and what an old setting excused is over with it.
/// </summary>
internal sealed class SettingsHistory
{
    private const long Unlimited = long.MaxValue;
    private readonly List<Period> _periods = [];

    /// <summary>A change is asked for; it may hold from now on.</summary>
    public void Asked(IReadOnlyDictionary<string, string> settings, long nowMs) => _periods.Add(new Period(settings, nowMs));

    /// <summary>The change that was asked for last holds, and nothing else does.</summary>
    public void Applied(long nowMs) => EndAllBut(_periods[^1], nowMs);

    /// <summary>The change that was asked for last does not hold.</summary>
    public void Refused(long nowMs) => _periods[^1].UntilMs = nowMs;

    /// <summary>Since when one value of every setting holds for certain; <see cref="long.MaxValue"/> while a change is under way.</summary>
    public long SettledSinceMs
    {
        get
        {
            Period[] open = [.. _periods.Where(p => p.UntilMs == Unlimited)];
            return open.Length == 1 ? Math.Max(open[0].FromMs, _periods.Where(p => p != open[0]).Select(p => p.UntilMs).DefaultIfEmpty(0).Max()) : Unlimited;
        }
    }

    /// <summary>The values that a setting had since some time, in milliseconds since 1970.</summary>
    public IEnumerable<string> Of(string name, long sinceMs) => _periods.Where(p => p.UntilMs >= sinceMs).Select(p => p.Settings[name]).Distinct();

    /// <summary>The least value that a number had since some time; a negative one is no limit.</summary>
    public long Least(string name, long sinceMs) => Of(name, sinceMs).Select(Number).DefaultIfEmpty(Unlimited).Min();

    /// <summary>The greatest value that a number had since some time; a negative one is no limit.</summary>
    public long Most(string name, long sinceMs) => Of(name, sinceMs).Select(Number).DefaultIfEmpty(Unlimited).Max();

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture) is >= 0 and var number ? number : Unlimited;

    private void EndAllBut(Period holding, long nowMs)
    {
        foreach (Period period in _periods)
        {
            if (period != holding && period.UntilMs == Unlimited) period.UntilMs = nowMs;
        }
    }

    private sealed class Period(IReadOnlyDictionary<string, string> settings, long fromMs)
    {
        public IReadOnlyDictionary<string, string> Settings { get; } = settings;

        public long FromMs { get; } = fromMs;

        public long UntilMs { get; set; } = Unlimited;
    }
}
