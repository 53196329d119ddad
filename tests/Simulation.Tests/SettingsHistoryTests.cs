using Simulation.Models;

namespace Simulation.Tests;

public sealed class SettingsHistoryTests
{
    private static Dictionary<string, string> Retention(int ms) => new() { ["retention.ms"] = $"{ms}" };

    [Fact]
    public void A_change_may_hold_from_when_it_is_asked_for_and_alone_from_when_it_is_answered()
    {
        var history = new SettingsHistory();
        history.Asked(Retention(100), 0);
        history.Applied(0);
        history.Asked(Retention(50), 1000);
        Assert.Equal((50, 100, long.MaxValue), (history.Least("retention.ms", 1000), history.Most("retention.ms", 1000), history.SettledSinceMs));
        history.Applied(1200);
        Assert.Equal((50, 50, 1200), (history.Least("retention.ms", 1300), history.Most("retention.ms", 1300), history.SettledSinceMs));
        Assert.Equal(100, history.Most("retention.ms", 1100));
    }

    [Fact]
    public void A_change_that_was_refused_excuses_nothing_from_then_on()
    {
        var history = new SettingsHistory();
        history.Asked(Retention(100), 0);
        history.Applied(0);
        history.Asked(Retention(50), 1000);
        history.Refused(1100);
        Assert.Equal((50, 100), (history.Least("retention.ms", 1050), history.Least("retention.ms", 1200)));
        Assert.Equal(1100, history.SettledSinceMs);
    }

    [Fact]
    public void A_negative_number_is_no_limit()
    {
        var history = new SettingsHistory();
        history.Asked(Retention(-1), 0);
        Assert.Equal(long.MaxValue, history.Least("retention.ms", 0));
    }
}
