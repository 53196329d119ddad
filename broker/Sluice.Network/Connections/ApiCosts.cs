using System.Diagnostics;
using Sluice.Protocol;

namespace Sluice.Network.Connections;

/// <summary>
/// Which APIs are costly: one of their requests took long, or all of them together a fifth of a while. Those that clients work with, such as
/// produce, fetch and commit, are many as a rule and never marked by that: they are what the loop is for.
/// </summary>
internal sealed class ApiCosts
{
    private const int KeysMax = 128;
    private const int WindowMs = 100;
    private const int WindowShare = 5;
    private const int MarkMs = 1000;

    private static readonly long ShareTicks = Stopwatch.Frequency / 1000 * WindowMs / WindowShare;

    /// <summary>More than this of the clock, for a request, is rather the scheduler's doing.</summary>
    private static readonly long NotedTicksMax = Stopwatch.Frequency / 2000;

    private readonly long[] _ticks = new long[KeysMax];
    private readonly long[] _costlyUntilMs = new long[KeysMax];
    private long _windowEndsMs;
    private long _lastTicks;
    private int _requests;

    /// <summary>The place of an API in the tables; unknown ones may share one.</summary>
    internal static int KeyOf(short key) => key & (KeysMax - 1);

    internal bool IsCostly(int key, long nowMs) => _costlyUntilMs[key] > nowMs;

    /// <summary>Marks an API, unless clients work with it: one of its requests that is costly says nothing of the many others.</summary>
    internal void Mark(int key, long untilMs)
    {
        if (!IsOfClientsAtWork(key)) _costlyUntilMs[key] = untilMs;
    }

    /// <summary>What follows is noted by <see cref="Note"/>.</summary>
    internal void Begin(long ticks)
    {
        _lastTicks = ticks;
        _requests = 0;
    }

    /// <summary>A request follows.</summary>
    internal void Count() => _requests++;

    /// <summary>Notes the time since the call before for an API, whose requests were counted.</summary>
    internal void Note(int key, long ticks, long nowMs)
    {
        Add(key, ticks - _lastTicks, Math.Max(1, _requests), nowMs);
        _lastTicks = ticks;
        _requests = 0;
    }

    internal void Add(int key, long ticks, int requests, long nowMs)
    {
        if (IsOfClientsAtWork(key)) return;
        if (nowMs >= _windowEndsMs)
        {
            Array.Clear(_ticks);
            _windowEndsMs = nowMs + WindowMs;
        }
        _ticks[key] += Math.Min(ticks, NotedTicksMax * requests);
        if (_ticks[key] >= ShareTicks) _costlyUntilMs[key] = nowMs + MarkMs;
    }

    /// <summary>What clients that produce and consume ask all the time, in transactions and the newer groups too, and what replicas do.</summary>
    private static bool IsOfClientsAtWork(int key) => (ApiKey)key is
        ApiKey.Produce or ApiKey.Fetch or ApiKey.OffsetForLeaderEpoch
        or ApiKey.OffsetCommit or ApiKey.OffsetFetch or ApiKey.JoinGroup or ApiKey.SyncGroup or ApiKey.Heartbeat
        or ApiKey.ConsumerGroupHeartbeat or ApiKey.ShareGroupHeartbeat or ApiKey.ShareFetch or ApiKey.ShareAcknowledge
        or ApiKey.AddPartitionsToTxn or ApiKey.AddOffsetsToTxn or ApiKey.EndTxn or ApiKey.WriteTxnMarkers or ApiKey.TxnOffsetCommit
        or ApiKey.Vote or ApiKey.BeginQuorumEpoch or ApiKey.EndQuorumEpoch or ApiKey.DescribeQuorum or ApiKey.AlterPartition
        or ApiKey.FetchSnapshot or ApiKey.BrokerRegistration or ApiKey.BrokerHeartbeat;
}
