using Sluice.Client.Cluster;
using Sluice.Client.Consuming;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Admin;

/// <summary>Looks for offsets, deletes records, and tells how much space logs take.</summary>
public sealed class RecordAdmin
{
    private readonly ClientOptions _options;
    private readonly ClusterClient _cluster;

    internal RecordAdmin(ClientOptions options, ClusterClient cluster) => (_options, _cluster) = (options, cluster);

    /// <summary>Finds offsets by place or time. Asks again while leaders change.</summary>
    public async Task<IReadOnlyDictionary<TopicPartition, Outcome<FoundOffset>>> ListOffsetsAsync(
        IReadOnlyDictionary<TopicPartition, OffsetSpec> specs, IsolationLevel isolation = IsolationLevel.ReadUncommitted, CancellationToken cancellation = default)
    {
        var outcomes = new Dictionary<TopicPartition, Outcome<FoundOffset>>();
        Dictionary<TopicPartition, long> left = specs.ToDictionary(s => s.Key, s => s.Value.TimestampMs);
        await RetryAsync(async last =>
        {
            var found = await OffsetLookup.AskAsync(_cluster, left, isolation, (int)_options.RequestTimeout.TotalMilliseconds, cancellation).ConfigureAwait(false);
            foreach ((TopicPartition partition, OffsetLookup.Found answer) in found)
            {
                if (answer.Error.IsRetriable() && !last) continue;
                left.Remove(partition);
                outcomes[partition] = AdminClient.Result(
                    new FoundOffset(answer.Offset, answer.TimestampMs, answer.LeaderEpoch), answer.Error, null, $"finding an offset of {partition}");
            }

            return left.Count == 0;
        }, specs.Keys, cancellation).ConfigureAwait(false);
        return outcomes;
    }

    /// <summary>Deletes records before an offset (KIP-107); -1 deletes all that may be read. The value is the partition's first offset afterwards.</summary>
    public async Task<IReadOnlyDictionary<TopicPartition, Outcome<long>>> DeleteRecordsAsync(
        IReadOnlyDictionary<TopicPartition, long> before, CancellationToken cancellation = default)
    {
        var outcomes = new Dictionary<TopicPartition, Outcome<long>>();
        var left = new Dictionary<TopicPartition, long>(before);
        await RetryAsync(async last =>
        {
            foreach (var leader in left.GroupBy(l => _cluster.View.Partition(l.Key)?.Leader ?? -1).ToList())
            {
                foreach ((TopicPartition partition, ErrorCode error, long low) in await Delete(leader.Key, [.. leader], cancellation).ConfigureAwait(false))
                {
                    if (error.IsRetriable() && !last) continue;
                    left.Remove(partition);
                    outcomes[partition] = AdminClient.Result(low, error, null, $"deleting records of {partition} before offset {before[partition]}");
                }
            }

            return left.Count == 0;
        }, before.Keys, cancellation).ConfigureAwait(false);
        return outcomes;
    }

    /// <summary>The log folders of brokers.</summary>
    /// <param name="nodes">Their ids; null for all.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="KafkaException">A broker refused, or one of its folders is offline.</exception>
    public async Task<IReadOnlyList<LogDirectoryDescription>> DescribeLogDirectoriesAsync(IReadOnlyCollection<int>? nodes = null, CancellationToken cancellation = default)
    {
        ClusterView view = await _cluster.RefreshAsync([], createMissing: false, cancellation).ConfigureAwait(false);
        var folders = new List<LogDirectoryDescription>();
        foreach (int node in nodes ?? [.. view.Brokers.Keys.Order()])
        {
            KafkaConnection connection = await _cluster.NodeAsync(node, ConnectionUse.General, cancellation).ConfigureAwait(false);
            DescribeLogDirsResponse response = await connection.SendAsync(new DescribeLogDirsRequest { Topics = null }, cancellation).ConfigureAwait(false);
            KafkaException.ThrowIfError(response.ErrorCode, null, $"describing the log folders of node {node}");
            foreach (DescribeLogDirsResponse.DescribeLogDirsResult folder in response.Results)
            {
                KafkaException.ThrowIfError(folder.ErrorCode, null, $"describing the log folder {folder.LogDir} of node {node}");
                folders.Add(new LogDirectoryDescription(node, folder.LogDir, folder.TotalBytes, folder.UsableBytes, [.. folder.Topics.SelectMany(t =>
                    t.Partitions.Select(p => new ReplicaSize(new TopicPartition(t.Name, p.PartitionIndex), p.PartitionSize, p.OffsetLag)))]));
            }
        }

        return folders;
    }

    private async Task<List<(TopicPartition Partition, ErrorCode Error, long LowWatermark)>> Delete(
        int leader, List<KeyValuePair<TopicPartition, long>> before, CancellationToken cancellation)
    {
        if (leader < 0) return before.ConvertAll(b => (b.Key, ErrorCode.UnknownTopicOrPartition, -1L));
        var request = new DeleteRecordsRequest
        {
            TimeoutMs = (int)_options.RequestTimeout.TotalMilliseconds,
            Topics = [.. before.GroupBy(b => b.Key.Topic).Select(t => new DeleteRecordsRequest.DeleteRecordsTopic
            {
                Name = t.Key, Partitions = [.. t.Select(p => new DeleteRecordsRequest.DeleteRecordsPartition { PartitionIndex = p.Key.Partition, Offset = p.Value })],
            })],
        };
        KafkaConnection connection = await _cluster.NodeAsync(leader, ConnectionUse.General, cancellation).ConfigureAwait(false);
        DeleteRecordsResponse response = await connection.SendAsync(request, cancellation).ConfigureAwait(false);
        return [.. response.Topics.SelectMany(t => t.Partitions.Select(p => (new TopicPartition(t.Name, p.PartitionIndex), p.ErrorCode, p.LowWatermark)))];
    }

    /// <summary>Asks for leaders, then tries, until the attempt says that it is done; the last attempt is told so.</summary>
    private async Task RetryAsync(Func<bool, Task<bool>> attempt, IEnumerable<TopicPartition> partitions, CancellationToken cancellation)
    {
        List<string> topics = [.. partitions.Select(p => p.Topic).Distinct()];
        Backoff backoff = Backoff.Of(_options);
        long start = _options.Clock.GetTimestamp();
        for (int failures = 1; ; failures++)
        {
            ClusterView view = await _cluster.RefreshAsync(topics, createMissing: false, cancellation).ConfigureAwait(false);
            // A topic that is not there does not come by waiting.
            bool missing = topics.Exists(t => view.Topic(t) is not { Error: ErrorCode.None });
            bool last = missing || _options.Clock.GetElapsedTime(start) > _options.RequestTimeout;
            if (await attempt(last).ConfigureAwait(false) || last) return;
            await Task.Delay(backoff.After(failures), _options.Clock, cancellation).ConfigureAwait(false);
        }
    }
}
