namespace Sluice.Network.BackPressure;

/// <summary>
/// The memory of answers that clients have not taken. Each connection may leave about <see cref="NetworkLimits.UnsentBytesMax"/>; many
/// that never read could together hold any amount. Beyond the loop's limit those that hold most and take least are ended. Records that
/// are sent from files hold no memory and do not count.
/// </summary>
internal sealed class UntakenAnswers(NetworkLimits limits)
{
    private const long PeriodMs = 500;
    private const int StalledPeriodsMax = 2;
    private const int HeldBytesMin = 16 * 1024;

    private readonly List<IPeer> _stalled = [];
    private long _sweepAtMs;
    private bool _isArmed;

    /// <summary>Bytes of answers in memory, finished and not wholly sent.</summary>
    internal long HeldBytes { get; set; }

    /// <summary>Connections that have not taken their answers get no further request served.</summary>
    internal bool IsShort => HeldBytes >= limits.AnswerBytesMax / 2;

    internal long NextDeadlineMs => _isArmed || IsShort ? Math.Max(_sweepAtMs, 1) : long.MaxValue;

    /// <summary>While memory is short: ends connections that take nothing, the greatest first.</summary>
    internal void Sweep(IReadOnlyCollection<IPeer> all, long nowMs)
    {
        if (!IsShort)
        {
            _isArmed = false;
            return;
        }
        if (!_isArmed)
        {
            _isArmed = true;
            _sweepAtMs = nowMs + PeriodMs;
            return;
        }
        if (nowMs < _sweepAtMs) return;
        _sweepAtMs = nowMs + PeriodMs;
        long bytesMin = limits.ShortFrameBytesASecondMin * PeriodMs / 1000;
        foreach (IPeer peer in all)
        {
            if (peer.AnswerBytesHeld >= HeldBytesMin && peer.StalledPeriods(bytesMin) >= StalledPeriodsMax) _stalled.Add(peer);
        }
        _stalled.Sort(static (a, b) => b.AnswerBytesHeld.CompareTo(a.AnswerBytesHeld));
        foreach (IPeer peer in _stalled)
        {
            if (!IsShort) break;
            peer.Close(CloseReason.TooSlow, $"answers that clients do not take hold {HeldBytes} bytes, of which {peer.AnswerBytesHeld} here");
        }
        _stalled.Clear();
    }
}
