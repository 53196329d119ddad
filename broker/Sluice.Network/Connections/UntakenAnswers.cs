namespace Sluice.Network.Connections;

/// <summary>
/// The memory of answers that clients have not taken. Each connection may leave about <see cref="NetworkLimits.UnsentBytesMax"/>; many
/// that never read could together hold any amount. Beyond the loop's limit those that hold most and take least are ended. Records that
/// are sent from files hold no memory and do not count.
/// </summary>
internal sealed class UntakenAnswers(ConnectionSet set)
{
    private const long PeriodMs = 500;
    private const int StalledPeriodsMax = 2;
    private const int HeldBytesMin = 16 * 1024;

    private readonly List<Connection> _stalled = [];
    private long _sweepAtMs;
    private bool _isArmed;

    /// <summary>Bytes of answers in memory, finished and not wholly sent.</summary>
    internal long HeldBytes { get; set; }

    /// <summary>Connections that have not taken their answers get no further request served.</summary>
    internal bool IsShort => HeldBytes >= set.Limits.AnswerBytesMax / 2;

    internal long NextDeadlineMs => _isArmed || IsShort ? Math.Max(_sweepAtMs, 1) : long.MaxValue;

    /// <summary>While memory is short: ends connections that take nothing, the greatest first.</summary>
    internal void Sweep(IReadOnlyCollection<Connection> all)
    {
        if (!IsShort)
        {
            _isArmed = false;
            return;
        }
        if (!_isArmed)
        {
            _isArmed = true;
            _sweepAtMs = set.NowMs + PeriodMs;
            return;
        }
        if (set.NowMs < _sweepAtMs) return;
        _sweepAtMs = set.NowMs + PeriodMs;
        long bytesMin = set.Limits.ShortFrameBytesASecondMin * PeriodMs / 1000;
        foreach (Connection connection in all)
        {
            if (connection.AnswerBytesHeld >= HeldBytesMin && connection.StalledPeriods(bytesMin) >= StalledPeriodsMax) _stalled.Add(connection);
        }
        _stalled.Sort(static (a, b) => b.AnswerBytesHeld.CompareTo(a.AnswerBytesHeld));
        foreach (Connection connection in _stalled)
        {
            if (!IsShort) break;
            connection.Close(CloseReason.TooSlow, $"answers that clients do not take hold {HeldBytes} bytes, of which {connection.AnswerBytesHeld} here");
        }
        _stalled.Clear();
    }
}
