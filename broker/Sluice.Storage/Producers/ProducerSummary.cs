namespace Sluice.Storage.Producers;

/// <summary>What a partition remembers of a producer, for who wants to look (DescribeProducers, KIP-664).</summary>
/// <param name="ProducerId">The producer.</param>
/// <param name="Epoch">Its epoch; -1 when it is known by nothing but a marker.</param>
/// <param name="LastSequence">Sequence number of its last record; -1 when none is known.</param>
/// <param name="LastTimestamp">Largest timestamp of its last batch, in milliseconds since 1970; -1 when none is known.</param>
/// <param name="CoordinatorEpoch">Epoch of the transaction coordinator that last ended a transaction of it; -1 for none.</param>
/// <param name="TransactionFirstOffset">First offset of its open transaction; -1 for none.</param>
public readonly record struct ProducerSummary(long ProducerId, short Epoch, int LastSequence, long LastTimestamp, int CoordinatorEpoch, long TransactionFirstOffset);
