namespace Sluice.Storage.Cleaning;

/// <summary>What one cleaning of a log has done; the figures of Kafka's cleaner.</summary>
public sealed class CleaningStatistics
{
    /// <summary>Bytes read to learn the keys of the dirty part.</summary>
    public long BytesMapped { get; internal set; }

    /// <summary>Records read for that.</summary>
    public long RecordsMapped { get; internal set; }

    /// <summary>Bytes read to be cleaned.</summary>
    public long BytesRead { get; internal set; }

    /// <summary>Bytes that stayed.</summary>
    public long BytesWritten { get; internal set; }

    /// <summary>Records read to be cleaned; those of batches that go as a whole count as well.</summary>
    public long RecordsRead { get; internal set; }

    /// <summary>Records that stayed.</summary>
    public long RecordsWritten { get; internal set; }

    /// <summary>Records without a key, which have no meaning in a compacted topic and are dropped: the topic was not compacted when they were written.</summary>
    public long RecordsWithoutKey { get; internal set; }

    /// <summary>How full the table of keys became, from 0 to 1.</summary>
    public double BufferUtilization { get; internal set; }
}
