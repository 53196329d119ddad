namespace Sluice.Network.Listening;

/// <summary>How many connections may come in a while. What was not used of a second may come at once, and no more.</summary>
internal sealed class ConnectionRate(int aSecondMax)
{
    /// <summary>As in Kafka no wait is longer, even where nothing is allowed.</summary>
    private const int WaitMsMax = 1000;

    private readonly Lock _lock = new();
    private double _left = Allowance(aSecondMax);
    private long _seenMs;
    private int _aSecondMax = aSecondMax;

    /// <summary>Takes another bound for connections to come.</summary>
    internal void Change(int aSecondMax)
    {
        lock (_lock)
        {
            if (_aSecondMax == aSecondMax) return;
            _aSecondMax = aSecondMax;
            _left = Allowance(aSecondMax);
        }
    }

    /// <summary>How many milliseconds the next connection has to wait; 0: not at all.</summary>
    internal int WaitMs(long nowMs)
    {
        if (Volatile.Read(ref _aSecondMax) == int.MaxValue) return 0;
        lock (_lock)
        {
            int allowance = Allowance(_aSecondMax);
            double perMs = allowance / 1000.0;
            _left = Math.Min(allowance, _left + (Math.Max(0, nowMs - _seenMs) * perMs));
            _seenMs = nowMs;
            return _left >= 1 ? 0 : (int)Math.Clamp(Math.Ceiling((1 - _left) / perMs), 1, WaitMsMax);
        }
    }

    /// <summary>Counts a connection that came.</summary>
    internal void Count()
    {
        if (Volatile.Read(ref _aSecondMax) == int.MaxValue) return;
        lock (_lock) _left--;
    }

    /// <summary>Where none is allowed, one comes after the longest wait.</summary>
    private static int Allowance(int aSecondMax) => Math.Max(1, aSecondMax);
}
