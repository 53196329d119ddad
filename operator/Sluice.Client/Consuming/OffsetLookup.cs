using Sluice.Client.Cluster;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Consuming;

/// <summary>Asks the leaders of partitions for offsets (ListOffsets).</summary>
internal static class OffsetLookup
{
    /// <summary>The timestamp that stands for the end of the log.</summary>
    public const long Latest = -1;

    /// <summary>The timestamp that stands for the oldest record.</summary>
    public const long Earliest = -2;

    /// <summary>What a leader said about one partition.</summary>
    /// <param name="Error">None, or why there is no offset.</param>
    /// <param name="Offset">-1 when no record is that young.</param>
    /// <param name="TimestampMs">Of the record found; -1 for the special timestamps.</param>
    /// <param name="LeaderEpoch">-1 where unknown.</param>
    public readonly record struct Found(ErrorCode Error, long Offset, long TimestampMs, int LeaderEpoch);

    /// <summary>One request to each leader. A partition whose leader is unknown or unreachable has a retriable error.</summary>
    public static async Task<Dictionary<TopicPartition, Found>> AskAsync(
        ClusterClient cluster, IReadOnlyDictionary<TopicPartition, long> timestamps, IsolationLevel isolation, int timeoutMs, CancellationToken cancellation)
    {
        ClusterView view = cluster.View;
        var found = new Dictionary<TopicPartition, Found>();
        var requests = new List<Task<Dictionary<TopicPartition, Found>>>();
        foreach (var leader in timestamps.GroupBy(t => view.Partition(t.Key)?.Leader ?? -1))
        {
            if (leader.Key < 0) foreach ((TopicPartition partition, _) in leader) found[partition] = Unknown(view, partition);
            else requests.Add(AskLeader(cluster, view, leader.Key, [.. leader], isolation, timeoutMs, cancellation));
        }

        foreach (Dictionary<TopicPartition, Found> answers in await Task.WhenAll(requests).ConfigureAwait(false))
        {
            foreach ((TopicPartition partition, Found answer) in answers) found[partition] = answer;
        }

        return found;
    }

    private static Found Unknown(ClusterView view, TopicPartition partition)
    {
        ErrorCode error = view.Topic(partition.Topic) switch
        {
            null => ErrorCode.UnknownTopicOrPartition,
            { Error: not ErrorCode.None } topic => topic.Error,
            { } topic => partition.Partition < topic.Partitions.Length ? ErrorCode.LeaderNotAvailable : ErrorCode.UnknownTopicOrPartition,
        };
        return new Found(error, -1, -1, -1);
    }

    private static async Task<Dictionary<TopicPartition, Found>> AskLeader(
        ClusterClient cluster, ClusterView view, int leader, List<KeyValuePair<TopicPartition, long>> asked, IsolationLevel isolation, int timeoutMs,
        CancellationToken cancellation)
    {
        var request = new ListOffsetsRequest { ReplicaId = -1, IsolationLevel = (sbyte)isolation, TimeoutMs = timeoutMs };
        foreach (var topic in asked.GroupBy(a => a.Key.Topic))
        {
            request.Topics.Add(new ListOffsetsRequest.ListOffsetsTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(p => new ListOffsetsRequest.ListOffsetsPartition
                {
                    PartitionIndex = p.Key.Partition, Timestamp = p.Value, CurrentLeaderEpoch = view.Partition(p.Key)?.LeaderEpoch ?? -1,
                })],
            });
        }

        try
        {
            KafkaConnection connection = await cluster.NodeAsync(leader, ConnectionUse.General, cancellation).ConfigureAwait(false);
            ListOffsetsResponse response = await connection.SendAsync(request, cancellation).ConfigureAwait(false);
            return response.Topics.SelectMany(t => t.Partitions.Select(p => (t.Name, Partition: p))).ToDictionary(
                p => new TopicPartition(p.Name, p.Partition.PartitionIndex),
                p => new Found(p.Partition.ErrorCode, p.Partition.Offset, p.Partition.Timestamp, p.Partition.LeaderEpoch));
        }
        catch (BrokerUnreachableException)
        {
            return asked.ToDictionary(a => a.Key, _ => new Found(ErrorCode.NetworkException, -1, -1, -1));
        }
    }
}
