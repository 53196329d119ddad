using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

/// <summary>After the cases that read: what is deleted here stays deleted.</summary>
internal static class DeleteRecordsCases
{
    public static IEnumerable<Case> All =>
    [
        Of("before the third record", ("times", [(0, 2)])),
        Of("what is deleted already", ("times", [(0, 2)])),
        Of("before an earlier record", ("times", [(0, 1)])),
        Of("beyond the end", ("times", [(0, 1000)])),
        Of("the largest offset", ("times", [(0, long.MaxValue)])),
        Of("offset -2", ("times", [(0, -2)])),
        Of("the least offset", ("times", [(0, long.MinValue)])),
        Of("all", ("times", [(0, -1)])),
        Of("all of an empty partition", ("empty", [(0, -1)])),
        Of("offset 0 of an empty partition", ("empty", [(0, 0)])),
        Of("a compacted topic", ("compacted", [(0, 0)])),
        Of("a compacted topic, a bad offset", ("compacted", [(0, 1000)])),
        Of("a topic that is compacted and deleted", ("configured", [(0, 0)])),
        Of("an unknown topic", ("nowhere-at-all", [(0, 0)])),
        Of("an empty name", ("", [(0, 0)])),
        Of("an unknown partition", ("times", [(9, 0)])),
        Of("a negative partition", ("times", [(-1, 0)])),
        Of("no topics"),
        Of("no partitions", ("times", [])),
        Of("a partition twice", ("empty", [(1, 0), (1, 5)])),
        Of("a topic twice", ("empty", [(1, 0)]), ("empty", [(2, 5)])),
        Of("good and bad ones", ("times", [(0, -1), (9, 0)]), ("nowhere-at-all", [(0, 0)]), ("compacted", [(0, 0)])),
    ];

    private static Case Of(string name, params (string Topic, (int Index, long Offset)[] Partitions)[] topics) => new(
        ApiKey.DeleteRecords, name, (_, _) => new DeleteRecordsRequest
        {
            TimeoutMs = 5000,
            Topics = [.. topics.Select(t => new DeleteRecordsRequest.DeleteRecordsTopic
            {
                Name = t.Topic,
                Partitions = [.. t.Partitions.Select(p => new DeleteRecordsRequest.DeleteRecordsPartition { PartitionIndex = p.Index, Offset = p.Offset })],
            })],
        });
}
