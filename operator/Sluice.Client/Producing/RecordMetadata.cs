namespace Sluice.Client.Producing;

/// <summary>Where a record was written.</summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Partition">The partition that was chosen.</param>
/// <param name="Offset">-1 when the broker did not say: with <see cref="Acks.None"/>, or when a repetition met the record that an earlier attempt had written.</param>
/// <param name="LogAppendTimeMs">The broker's time in milliseconds since 1970 on a topic with <c>message.timestamp.type=LogAppendTime</c>, else -1.</param>
public readonly record struct RecordMetadata(string Topic, int Partition, long Offset, long LogAppendTimeMs);

/// <summary>Is told what became of a record. Called on the producer's own thread, in the order of a partition's records: it must not block, and an exception in it ends the process.</summary>
/// <param name="metadata">Where it was written; offset -1 when it was not.</param>
/// <param name="error">Null when it was delivered.</param>
/// <param name="state">What was given with the record.</param>
public delegate void DeliveryCallback(in RecordMetadata metadata, Exception? error, object? state);
