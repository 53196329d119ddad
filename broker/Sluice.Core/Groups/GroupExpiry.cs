using Sluice.Core.Groups.Records;
using Sluice.Protocol;

namespace Sluice.Core.Groups;

/// <summary>
/// Expiry of committed offsets, and of groups that have none left: after <c>offsets.retention.minutes</c>, or after the time that the
/// client asked for when it committed (KIP-211).
/// </summary>
internal sealed class GroupExpiry(IGroupHost host, GroupTable table)
{
    /// <summary>Takes out what nobody has used for the retention time: offsets, and groups without any.</summary>
    /// <returns>How many offsets expired.</returns>
    public int Expire()
    {
        int expired = 0;
        if (PlantedGroupFaults.Has(PlantedGroupFault.OffsetsNeverExpire)) return expired;
        foreach (ClassicGroup group in table.All.ToArray())
        {
            if (RetentionBaseOf(group) is not { } baseMs) continue;
            var records = new List<GroupRecord>();
            bool hasAllExpired = true;
            foreach ((string topic, int partition, CommittedOffset offset) in group.Offsets.All())
            {
                if (!group.IsSubscribedTo(topic) && IsExpired(offset, baseMs(offset))) records.Add(GroupRecord.NoOffset(group.Id, topic, partition));
                else hasAllExpired = false;
            }
            bool isOver = hasAllExpired && group.State == GroupState.Empty;
            if (isOver) records.Add(GroupRecord.NoGroup(group.Id));
            if (records.Count > 0 && table.Remove(records, isOver ? group : null) == ErrorCode.None) expired += records.Count - (isOver ? 1 : 0);
        }
        return expired;
    }

    /// <summary>From when on the retention time of a group's offsets runs; null while none of them may expire.</summary>
    private static Func<CommittedOffset, long>? RetentionBaseOf(ClassicGroup group)
    {
        // A group that never had members is used for its offsets alone.
        if (group.ProtocolType is null) return offset => offset.CommittedMs;
        if (group.State == GroupState.Empty) return offset => group.StateSinceMs >= 0 ? group.StateSinceMs : offset.CommittedMs;
        return group.State == GroupState.Stable && group.IsOfConsumers && group.SubscribedTopics is not null ? offset => offset.CommittedMs : null;
    }

    private bool IsExpired(CommittedOffset offset, long baseMs) =>
        offset.ExpiresMs >= 0 ? host.NowMs >= offset.ExpiresMs : host.NowMs - baseMs >= host.Settings.OffsetsRetentionMs / (PlantedGroupFaults.Has(PlantedGroupFault.OffsetsExpireEarly) ? 2 : 1);
}
