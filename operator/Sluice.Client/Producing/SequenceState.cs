using Sluice.Protocol;
using Sluice.Protocol.Batches;

namespace Sluice.Client.Producing;

/// <summary>The id under which brokers know an idempotent producer, and its epoch.</summary>
internal readonly record struct ProducerIdentity(long Id, short Epoch)
{
    public static ProducerIdentity None { get; } = new(-1, -1);

    public bool IsKnown => Id >= 0;
}

/// <summary>What to do with a batch that a broker refused.</summary>
internal enum Verdict
{
    /// <summary>Send it again.</summary>
    Retry,

    /// <summary>Tell its senders.</summary>
    Fail,
}

/// <summary>
/// One partition's place in the sequence of an idempotent producer (KIP-98, KIP-360): numbers are given when a batch is first sent, a
/// repetition keeps them, and when a number is lost for good a new epoch begins at 0. Decides only; sends nothing.
/// </summary>
internal sealed class SequenceState
{
    /// <summary>How many batches of a producer a broker remembers, hence may be on the way.</summary>
    public const int InFlightMax = 5;

    private int _lastAcknowledged = -1;

    /// <summary>Batches that were sent and are not done, in sequence.</summary>
    public List<ProducerBatch> InFlight { get; } = [];

    /// <summary>The identity under which the partition's batches are numbered.</summary>
    public ProducerIdentity Identity { get; private set; } = ProducerIdentity.None;

    /// <summary>Number of the next record.</summary>
    public int Next { get; private set; }

    /// <summary>The numbers given out cannot all be filled: once nothing is outstanding, what is left begins at 0 in a new epoch.</summary>
    public bool NeedsEpoch { get; private set; }

    /// <summary>A batch was given up of which nobody knows whether the broker has it: no new number is given before that is known.</summary>
    public bool IsUnresolved { get; private set; }

    /// <summary>Whether a batch that was never sent may be numbered now.</summary>
    public bool TakesNew(ProducerIdentity current) =>
        InFlight.Count < InFlightMax && !NeedsEpoch && !IsUnresolved && !HasRetries && (InFlight.Count == 0 || Identity == current);

    /// <summary>The batch to be repeated now: always the oldest, alone, so that the order stays.</summary>
    public ProducerBatch? Retry(long nowMs) =>
        InFlight.Count > 0 && !NeedsEpoch && InFlight[0] is { State: BatchState.Retrying } first && first.NotBeforeMs <= nowMs ? first : null;

    /// <summary>Whether a batch waits for its repetition.</summary>
    public bool HasRetries => InFlight.Exists(b => b.State == BatchState.Retrying);

    /// <summary>Whether a request is out with one of the batches.</summary>
    public bool HasOutstanding => InFlight.Exists(b => b.State == BatchState.Outstanding);

    /// <summary>Numbers a batch for its first attempt. An identity other than before starts at 0; nothing is in flight then.</summary>
    public void Begin(ProducerBatch batch, ProducerIdentity current)
    {
        if (Identity != current) Restart(current);
        InFlight.Add(batch);
        if (!current.IsKnown)
        {
            batch.Seal(-1, -1, -1);
            return;
        }

        batch.Seal(current.Id, current.Epoch, Next);
        Next = RecordBatch.AddSequence(Next, batch.Count);
    }

    /// <summary>The broker has the batch.</summary>
    public void Acknowledge(ProducerBatch batch)
    {
        InFlight.Remove(batch);
        if (batch.BaseSequence >= 0) _lastAcknowledged = RecordBatch.AddSequence(batch.BaseSequence, batch.Count - 1);
        Resolve();
    }

    /// <summary>What an error means for a batch, before retries and time are counted.</summary>
    public Verdict Judge(ProducerBatch batch, ErrorCode error)
    {
        if (Identity.IsKnown && error is ErrorCode.OutOfOrderSequenceNumber or ErrorCode.UnknownProducerId)
        {
            // Behind another batch it only tells that the other must come first. The oldest one has nobody to wait for: the broker
            // lost our place, or a batch that was given up never arrived.
            if (InFlight.Count > 0 && InFlight[0] == batch) NeedsEpoch = true;
            return Verdict.Retry;
        }

        return error.IsRetriable() ? Verdict.Retry : Verdict.Fail;
    }

    /// <summary>The batch is given up.</summary>
    public void GiveUp(ProducerBatch batch)
    {
        if (!InFlight.Remove(batch) || !Identity.IsKnown) return;
        if (batch.MayBeWritten) IsUnresolved = true;
        else NeedsEpoch = true;
        Resolve();
    }

    /// <summary>
    /// Puts smaller batches in the place of one that a broker finds too large; they keep its numbers, so that what follows keeps its own.
    /// As a repetition does, they go one after the other before anything new.
    /// </summary>
    public void Split(ProducerBatch batch, int? level)
    {
        List<ProducerBatch> parts = BatchSplitter.Split(batch, level);
        int sequence = batch.BaseSequence;
        foreach (ProducerBatch part in parts)
        {
            part.State = BatchState.Retrying;
            part.Seal(Identity.Id, Identity.Epoch, sequence);
            if (sequence >= 0) sequence = RecordBatch.AddSequence(sequence, part.Count);
        }

        int at = InFlight.IndexOf(batch);
        InFlight.RemoveAt(at);
        InFlight.InsertRange(at, parts);
        batch.Scatter(parts);
    }

    /// <summary>Numbers what is in flight anew from 0 under another identity. Nothing may be outstanding.</summary>
    public void Renumber(ProducerIdentity identity)
    {
        Restart(identity);
        foreach (ProducerBatch batch in InFlight)
        {
            batch.Seal(identity.Id, identity.Epoch, Next);
            Next = RecordBatch.AddSequence(Next, batch.Count);
        }
    }

    private void Restart(ProducerIdentity identity)
    {
        Identity = identity;
        Next = 0;
        _lastAcknowledged = -1;
        NeedsEpoch = false;
        IsUnresolved = false;
    }

    // With nothing on the way, the last number acknowledged tells whether the one given up was written: a broker takes no number
    // whose predecessor it lacks.
    private void Resolve()
    {
        if (!IsUnresolved || InFlight.Count > 0) return;
        IsUnresolved = false;
        if (_lastAcknowledged < 0 || RecordBatch.AddSequence(_lastAcknowledged, 1) != Next) NeedsEpoch = true;
    }
}
