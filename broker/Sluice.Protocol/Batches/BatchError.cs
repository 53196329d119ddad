namespace Sluice.Protocol.Batches;

/// <summary>What is wrong with a record batch, or <see cref="None"/>.</summary>
public enum BatchError
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    /// <summary>Fewer bytes are at hand than the batch's length field tells, or than a header takes. A torn tail, or the cut end of a fetch.</summary>
    Incomplete,

    /// <summary>The length field is less than a header takes or so large that it overflows.</summary>
    BadLength,

    /// <summary>Magic 0 or 1 (message sets from before Kafka 0.11) or not known at all.</summary>
    UnsupportedMagic,

    /// <summary>The CRC-32C differs from the one in the header.</summary>
    BadCrc,

    /// <summary>Record count and last offset delta do not fit each other, or are out of range.</summary>
    BadCount,

    /// <summary>A codec above 4, or attribute bits that mean nothing.</summary>
    BadAttributes,

    /// <summary>Producer id, epoch and base sequence do not fit each other.</summary>
    BadProducer,

    /// <summary>A client sent a control batch; only brokers write those.</summary>
    ControlFromClient,

    /// <summary>A client's batch must have base offset 0: the broker assigns offsets.</summary>
    BadBaseOffset,

    /// <summary>The records do not parse: a length runs past its end, or bytes are left over.</summary>
    MalformedRecord,
}
