namespace Sluice.Client.Consuming;

/// <summary>A partition that is being read. All fields are guarded by the lock of <see cref="Subscription"/>.</summary>
internal sealed class PartitionState(TopicPartition partition)
{
    public TopicPartition Partition { get; } = partition;

    /// <summary>Offset of the next record that polling returns; null while it is looked up.</summary>
    public OffsetAndEpoch? Position { get; private set; }

    /// <summary>Offset of the next record that is fetched: ahead of the position by what is buffered.</summary>
    public long FetchOffset { get; private set; }

    /// <summary>Grows with each seek: what was asked for before is thrown away.</summary>
    public int Generation { get; private set; }

    /// <summary>Epoch of the leader whose log is known to go on from the position; -1 for none yet (KIP-320).</summary>
    public int CheckedEpoch { get; set; } = -1;

    public bool IsPaused { get; set; }

    /// <summary>The offset is to be looked up by the reset rule, not among the committed ones.</summary>
    public bool NeedsReset { get; set; }

    /// <summary>Where the reset goes; null by the option.</summary>
    public AutoOffsetReset? ResetTo { get; set; }

    /// <summary>Not fetched before this timestamp of the clock, after an error.</summary>
    public long NotBefore { get; set; } = long.MinValue;

    /// <summary>Bytes that are fetched and not returned.</summary>
    public int BufferedBytes { get; set; }

    /// <summary>Fetched and not returned, in order.</summary>
    public Queue<FetchedChunk> Chunks { get; } = [];

    /// <summary>The offset behind the last record that may be read, as of the last fetch; -1 before.</summary>
    public long HighWatermark { get; set; } = -1;

    /// <summary>Goes on from another place; gives what was buffered back.</summary>
    public void MoveTo(OffsetAndEpoch? position)
    {
        Position = position;
        FetchOffset = position?.Offset ?? -1;
        Generation++;
        NeedsReset = false;
        ResetTo = null;
        CheckedEpoch = -1;
        Drop();
    }

    /// <summary>
    /// Whether it must be asked first if the leader's log goes on from the position: after an election it may lack records that were
    /// read. A position without an epoch, after a seek, is taken as it is.
    /// </summary>
    public bool NeedsCheck(int leaderEpoch) => Position is { LeaderEpoch: >= 0 } && leaderEpoch >= 0 && leaderEpoch != CheckedEpoch;

    /// <summary>Throws away what was fetched of another leader, to be fetched again.</summary>
    public void Rewind()
    {
        FetchOffset = Position!.Value.Offset;
        Generation++;
        Drop();
    }

    /// <summary>Records up to here were returned.</summary>
    public void Advance(OffsetAndEpoch position) => Position = position;

    /// <summary>Records up to here were fetched.</summary>
    public void Fetched(long next) => FetchOffset = next;

    /// <summary>Throws away what is buffered.</summary>
    public void Drop()
    {
        foreach (FetchedChunk chunk in Chunks) chunk.Dispose();
        Chunks.Clear();
        BufferedBytes = 0;
    }
}
