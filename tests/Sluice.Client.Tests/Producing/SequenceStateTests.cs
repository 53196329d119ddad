using Sluice.Client.Producing;
using Sluice.Protocol;
using Sluice.Protocol.Batches;

namespace Sluice.Client.Tests.Producing;

/// <summary>What happens to sequence numbers when batches fail (KIP-98, KIP-360).</summary>
public sealed class SequenceStateTests
{
    private static readonly ProducerIdentity Identity = new(42, 0);
    private readonly PartitionQueue _queue;
    private readonly ProducerOptions _options = new() { BootstrapServers = "localhost:1" };

    public SequenceStateTests() => _queue = new PartitionQueue(new TopicPartition("t", 0), _options, new BufferMemory(1 << 20, TimeProvider.System));

    private SequenceState State => _queue.Sequence;

    [Fact]
    public void Batches_are_numbered_by_their_records()
    {
        ProducerBatch[] batches = [Begin(3), Begin(2), Begin(1)];
        Assert.Equal([0, 3, 5], batches.Select(b => b.BaseSequence));
        Assert.Equal([0, 3, 5], batches.Select(b => new RecordBatch(b.Bytes.Span).BaseSequence));
        Assert.All(batches, b => Assert.Equal(BatchError.None, new RecordBatch(b.Bytes.Span).ValidateFromClient()));
    }

    [Fact]
    public void A_sixth_batch_waits_until_one_of_five_is_acknowledged()
    {
        ProducerBatch[] batches = [.. Enumerable.Range(0, 5).Select(_ => Begin(1))];
        Assert.False(State.TakesNew(Identity));
        State.Acknowledge(batches[0]);
        Assert.True(State.TakesNew(Identity));
    }

    [Fact]
    public void A_repetition_keeps_its_number_and_goes_before_all_others()
    {
        ProducerBatch first = Begin(1), second = Begin(1);
        Fail(second, ErrorCode.OutOfOrderSequenceNumber);
        Fail(first, ErrorCode.NotLeaderOrFollower);

        Assert.False(State.TakesNew(Identity));
        Assert.Same(first, State.Retry(0));
        Send(first);
        Assert.Null(State.Retry(0));
        State.Acknowledge(first);
        Assert.Same(second, State.Retry(0));
        Assert.Equal(1, second.BaseSequence);
        Assert.False(State.NeedsEpoch);
    }

    [Fact]
    public void An_out_of_order_oldest_batch_begins_a_new_epoch_at_zero()
    {
        ProducerBatch first = Begin(2);
        State.Acknowledge(first);
        ProducerBatch second = Begin(2), third = Begin(1);
        Assert.Equal(Verdict.Retry, Fail(second, ErrorCode.OutOfOrderSequenceNumber));
        Assert.Equal(Verdict.Retry, Fail(third, ErrorCode.OutOfOrderSequenceNumber));

        Assert.True(State.NeedsEpoch);
        Assert.Null(State.Retry(0));
        State.Renumber(Identity with { Epoch = 1 });

        Assert.Equal((0, 2), (second.BaseSequence, third.BaseSequence));
        Assert.Equal(1, new RecordBatch(second.Bytes.Span).ProducerEpoch);
        Assert.Equal(BatchError.None, new RecordBatch(third.Bytes.Span).ValidateFromClient());
        Assert.Same(second, State.Retry(0));
    }

    [Fact]
    public void A_refused_batch_leaves_a_gap_that_only_a_new_epoch_closes()
    {
        ProducerBatch first = Begin(1), second = Begin(1);
        Assert.Equal(Verdict.Fail, Fail(first, ErrorCode.MessageTooLarge));
        State.GiveUp(first);
        Assert.True(State.NeedsEpoch);
        Fail(second, ErrorCode.OutOfOrderSequenceNumber);
        State.Renumber(Identity with { Epoch = 1 });
        Assert.Equal(0, second.BaseSequence);
    }

    [Fact]
    public void A_batch_given_up_without_knowing_is_resolved_by_its_successor()
    {
        ProducerBatch first = Begin(1), second = Begin(1);
        first.MayBeWritten = true;
        Fail(first, ErrorCode.NetworkException);
        Fail(second, ErrorCode.NetworkException);
        State.GiveUp(first);
        Assert.True(State.IsUnresolved);
        Assert.False(State.TakesNew(Identity));

        // The broker took number 1, so it has number 0.
        State.Acknowledge(second);
        Assert.False(State.IsUnresolved);
        Assert.False(State.NeedsEpoch);
        Assert.True(State.TakesNew(Identity));
    }

    [Fact]
    public void A_batch_given_up_without_knowing_and_without_successor_begins_a_new_epoch()
    {
        ProducerBatch first = Begin(1);
        first.MayBeWritten = true;
        Fail(first, ErrorCode.NetworkException);
        State.GiveUp(first);
        Assert.True(State.NeedsEpoch);
    }

    [Fact]
    public void Another_partitions_new_epoch_is_taken_over_when_nothing_is_in_flight()
    {
        ProducerBatch first = Begin(1);
        ProducerIdentity next = Identity with { Epoch = 1 };
        Assert.False(State.TakesNew(next));
        State.Acknowledge(first);
        Assert.True(State.TakesNew(next));
        ProducerBatch second = Batch(1);
        State.Begin(second, next);
        Assert.Equal(0, second.BaseSequence);
    }

    private static void Send(ProducerBatch batch) => batch.State = BatchState.Outstanding;

    private Verdict Fail(ProducerBatch batch, ErrorCode error)
    {
        batch.State = BatchState.Retrying;
        return State.Judge(batch, error);
    }

    private ProducerBatch Begin(int records)
    {
        ProducerBatch batch = Batch(records);
        State.Begin(batch, Identity);
        Send(batch);
        return batch;
    }

    private ProducerBatch Batch(int records)
    {
        var clock = new ProducerClock(TimeProvider.System);
        for (int i = 0; i < records; i++)
        {
            var record = new ProducerRecord("t", null, "value"u8.ToArray());
            _queue.Append(record, RecordEncoder.BodySize(record), 1_700_000_000_000 + i, clock, null, null, 0, out _, out _);
        }

        ProducerBatch batch = _queue.Take();
        batch.Finish(Protocol.Compression.CompressionCodec.None, null);
        return batch;
    }
}
