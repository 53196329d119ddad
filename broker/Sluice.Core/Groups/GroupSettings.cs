using Sluice.Core.Configuration;

namespace Sluice.Core.Groups;

/// <summary>What the broker's properties say of groups; the defaults are those of the properties.</summary>
internal sealed record GroupSettings
{
    /// <summary>Shortest session time-out that a member may ask for (group.min.session.timeout.ms).</summary>
    public int SessionTimeoutMinMs { get; init; } = 6_000;

    /// <summary>Longest session time-out that a member may ask for (group.max.session.timeout.ms).</summary>
    public int SessionTimeoutMaxMs { get; init; } = 1_800_000;

    /// <summary>How long the first rebalance of an empty group waits for more members (group.initial.rebalance.delay.ms).</summary>
    public int InitialRebalanceDelayMs { get; init; } = 3_000;

    /// <summary>Most members of a group (group.max.size).</summary>
    public int MembersMax { get; init; } = int.MaxValue;

    /// <summary>Longest text with a committed offset, in characters (offset.metadata.max.bytes).</summary>
    public int OffsetMetadataMax { get; init; } = 4096;

    /// <summary>How long a client waits for what it wrote to be safe (offsets.commit.timeout.ms).</summary>
    public int CommitTimeoutMs { get; init; } = 5_000;

    /// <summary>How long offsets are kept that nobody uses (offsets.retention.minutes).</summary>
    public long OffsetsRetentionMs { get; init; } = 7 * 24 * 60 * 60_000L;

    /// <summary>Time between looks for expired offsets (offsets.retention.check.interval.ms).</summary>
    public long RetentionCheckMs { get; init; } = 600_000;

    /// <summary>The settings that properties give.</summary>
    public static GroupSettings From(BrokerProperties properties) => new()
    {
        SessionTimeoutMinMs = properties.Int("group.min.session.timeout.ms"),
        SessionTimeoutMaxMs = properties.Int("group.max.session.timeout.ms"),
        InitialRebalanceDelayMs = properties.Int("group.initial.rebalance.delay.ms"),
        MembersMax = properties.Int("group.max.size"),
        OffsetMetadataMax = properties.Int("offset.metadata.max.bytes"),
        CommitTimeoutMs = properties.Int("offsets.commit.timeout.ms"),
        OffsetsRetentionMs = properties.Long("offsets.retention.minutes") * 60_000,
        RetentionCheckMs = properties.Long("offsets.retention.check.interval.ms"),
    };
}
