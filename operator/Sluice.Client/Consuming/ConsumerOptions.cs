using Sluice.Client.Consuming.Assignment;

namespace Sluice.Client.Consuming;

/// <summary>Where a consumer begins that has no committed offset, or whose offset is gone (<c>auto.offset.reset</c>).</summary>
public enum AutoOffsetReset
{
    /// <summary>At the end: only records written from now on.</summary>
    Latest,

    /// <summary>At the oldest record that is still there.</summary>
    Earliest,

    /// <summary>Nowhere: polling throws, and the program decides.</summary>
    None,
}

/// <summary>Whether records of transactions are returned before these are committed (<c>isolation.level</c>); the numbers are the protocol's.</summary>
public enum IsolationLevel : sbyte
{
    /// <summary>All records.</summary>
    ReadUncommitted = 0,

    /// <summary>Only those outside of transactions and those of committed ones (KIP-98).</summary>
    ReadCommitted = 1,
}

/// <summary>How a <see cref="Consumer"/> fetches and how it behaves in its group. Names in parentheses are Kafka's.</summary>
public sealed record ConsumerOptions : ClientOptions
{
    /// <summary>The group to join and under which offsets are committed (<c>group.id</c>); null for a consumer on its own.</summary>
    public string? GroupId { get; init; }

    /// <summary>A name of this member that survives restarts, so that one does not move partitions (<c>group.instance.id</c>, KIP-345).</summary>
    public string? GroupInstanceId { get; init; }

    /// <summary>Where to begin without a committed offset (<c>auto.offset.reset</c>).</summary>
    public AutoOffsetReset AutoOffsetReset { get; init; } = AutoOffsetReset.Latest;

    /// <summary>Whether polling commits, now and then, what earlier polls returned (<c>enable.auto.commit</c>).</summary>
    public bool EnableAutoCommit { get; init; } = true;

    /// <summary>How often that happens (<c>auto.commit.interval.ms</c>).</summary>
    public TimeSpan AutoCommitInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After this time without a heartbeat the group goes on without this member (<c>session.timeout.ms</c>).</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>How often a heartbeat is sent (<c>heartbeat.interval.ms</c>); at most a third of the session time-out.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>After this time without a poll the consumer leaves its group, for others to go on (<c>max.poll.interval.ms</c>).</summary>
    public TimeSpan MaxPollInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How members share partitions, the preferred first (<c>partition.assignment.strategy</c>). All members need one in common.</summary>
    public IReadOnlyList<PartitionAssignor> Assignors { get; init; } = [PartitionAssignor.Range, PartitionAssignor.CooperativeSticky];

    /// <summary>A fetch is answered when so many bytes are there (<c>fetch.min.bytes</c>) …</summary>
    public int FetchMinBytes { get; init; } = 1;

    /// <summary>… or after this time (<c>fetch.max.wait.ms</c>).</summary>
    public TimeSpan FetchMaxWait { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Bytes of one answer (<c>fetch.max.bytes</c>); a single larger batch is still returned.</summary>
    public int FetchMaxBytes { get; init; } = 50 * 1024 * 1024;

    /// <summary>Bytes of one partition in an answer (<c>max.partition.fetch.bytes</c>); a single larger batch is still returned.</summary>
    public int PartitionFetchBytes { get; init; } = 1024 * 1024;

    /// <summary>Bytes that may be fetched ahead of polling; beyond them fetching pauses.</summary>
    public long PrefetchBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>The most records that one poll returns (<c>max.poll.records</c>).</summary>
    public int MaxPollRecords { get; init; } = 2000;

    /// <summary>Whether records of open and aborted transactions are returned (<c>isolation.level</c>).</summary>
    public IsolationLevel IsolationLevel { get; init; } = IsolationLevel.ReadUncommitted;

    /// <summary>Whether each batch's checksum is verified (<c>check.crcs</c>).</summary>
    public bool CheckCrcs { get; init; } = true;

    internal void Validate()
    {
        if (HeartbeatInterval * 3 > SessionTimeout && GroupId is not null)
            throw Bad(nameof(HeartbeatInterval), HeartbeatInterval, $"choose at most a third of {nameof(SessionTimeout)} ({SessionTimeout})");
        if (MaxPollRecords < 1) throw Bad(nameof(MaxPollRecords), MaxPollRecords, "choose 1 or more");
        if (FetchMinBytes < 0) throw Bad(nameof(FetchMinBytes), FetchMinBytes, "choose 0 or more");
        if (FetchMaxBytes < 1 || FetchMaxBytes > ResponseBytesMax)
            throw Bad(nameof(FetchMaxBytes), FetchMaxBytes, $"choose 1 to {nameof(ResponseBytesMax)} ({ResponseBytesMax})");
        if (PartitionFetchBytes < 1) throw Bad(nameof(PartitionFetchBytes), PartitionFetchBytes, "choose 1 or more");
        if (GroupId is { Length: 0 }) throw Bad(nameof(GroupId), "''", "choose a name, or null for a consumer without a group");
        if (Assignors.Count == 0) throw Bad(nameof(Assignors), "empty", "choose at least one");
    }

    private static ArgumentException Bad(string name, object value, string advice) => new($"{name} is {value}: {advice}.", name);
}
