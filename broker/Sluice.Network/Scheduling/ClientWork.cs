using Sluice.Protocol;

namespace Sluice.Network.Scheduling;

/// <summary>
/// The APIs that a loop is for: what clients that produce and consume ask all the time, in transactions and the newer groups too, and what
/// replicas do. Their requests are many and short as a rule.
/// </summary>
internal static class ClientWork
{
    /// <summary>No client's ApiVersions is longer: it names a library and its version.</summary>
    private const int GreetingBytesMax = 1024;

    private static readonly bool[] Keys = KeysOf(
    [
        ApiKey.Produce, ApiKey.Fetch, ApiKey.OffsetForLeaderEpoch,
        ApiKey.OffsetCommit, ApiKey.OffsetFetch, ApiKey.JoinGroup, ApiKey.SyncGroup, ApiKey.Heartbeat,
        ApiKey.ConsumerGroupHeartbeat, ApiKey.ShareGroupHeartbeat, ApiKey.ShareFetch, ApiKey.ShareAcknowledge,
        ApiKey.AddPartitionsToTxn, ApiKey.AddOffsetsToTxn, ApiKey.EndTxn, ApiKey.WriteTxnMarkers, ApiKey.TxnOffsetCommit,
        ApiKey.Vote, ApiKey.BeginQuorumEpoch, ApiKey.EndQuorumEpoch, ApiKey.DescribeQuorum, ApiKey.AlterPartition,
        ApiKey.FetchSnapshot, ApiKey.BrokerRegistration, ApiKey.BrokerHeartbeat,
    ]);

    /// <summary>Whether the API with this number is one of them; numbers that no API has are not.</summary>
    internal static bool Includes(short key) => (uint)key < (uint)Keys.Length && Keys[key];

    /// <summary>Whether it is an ApiVersions as clients send it, without whose answer none can begin.</summary>
    internal static bool IsGreeting(short key, int bytes) => key == (short)ApiKey.ApiVersions && bytes <= GreetingBytesMax;

    private static bool[] KeysOf(ApiKey[] apis)
    {
        bool[] keys = new bool[apis.Max(api => (int)api) + 1];
        foreach (ApiKey api in apis) keys[(int)api] = true;
        return keys;
    }
}
