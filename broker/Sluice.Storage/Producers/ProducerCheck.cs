namespace Sluice.Storage.Producers;

/// <summary>What the idempotence rules say of a batch.</summary>
public enum ProducerCheck
{
    /// <summary>It is next in order.</summary>
    Accepted,

    /// <summary>It is one of the producer's last five batches, already in the log: answer with the offset that it got then.</summary>
    Duplicate,

    /// <summary>Its sequence number leaves a gap, or lies further back than the last five batches (OUT_OF_ORDER_SEQUENCE_NUMBER).</summary>
    OutOfOrderSequence,

    /// <summary>Its epoch is older than the producer's (INVALID_PRODUCER_EPOCH).</summary>
    InvalidProducerEpoch,

    /// <summary>It is not transactional while the producer has an open transaction (INVALID_TXN_STATE).</summary>
    InvalidTransactionState,

    /// <summary>A marker of a coordinator whose epoch was superseded (TRANSACTION_COORDINATOR_FENCED).</summary>
    CoordinatorFenced,
}

/// <summary>Where appended batches come from; decides which rules hold for them.</summary>
public enum AppendOrigin
{
    /// <summary>A producer: sequence numbers and epochs are checked.</summary>
    Client,

    /// <summary>A coordinator in this broker, or a transaction marker: epochs are checked, sequence numbers are not.</summary>
    Coordinator,

    /// <summary>The leader: what it appended is right.</summary>
    Replication,
}
