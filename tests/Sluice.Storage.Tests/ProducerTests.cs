using Sluice.Protocol.Batches;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Sluice.Storage.Producers;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests;

public class ProducerTests
{
    private readonly MemoryDisk _disk = TestLog.NewDisk();
    private readonly PartitionLog _log;

    public ProducerTests() => _log = TestLog.Open(_disk);

    private AppendInfo Send(int sequence, int records = 1, short epoch = 0, long id = 7, bool transactional = false, AppendOrigin origin = AppendOrigin.Client) =>
        _log.Append(TestLog.Batch(records, producerId: id, epoch: epoch, sequence: sequence, transactional: transactional), 0, 0, origin);

    private AppendInfo End(ControlRecordType type, long id = 7, short epoch = 0, int coordinatorEpoch = 0) =>
        _log.Append(TestLog.Marker(type, id, epoch, coordinatorEpoch), 0, 0, AppendOrigin.Coordinator);

    [Fact]
    public void The_last_five_batches_are_recognised_and_older_ones_are_out_of_order()
    {
        for (int i = 0; i < 7; i++)
            Assert.Equal(ProducerCheck.Accepted, Send(3 * i, records: 3).Check);
        for (int i = 2; i < 7; i++)
        {
            AppendInfo duplicate = Send(3 * i, records: 3);
            Assert.Equal((ProducerCheck.Duplicate, 3L * i, 3L * i + 2), (duplicate.Check, duplicate.FirstOffset, duplicate.LastOffset));
        }
        Assert.Equal(ProducerCheck.OutOfOrderSequence, Send(3, records: 3).Check);
        Assert.Equal(21, _log.LogEndOffset);
    }

    [Fact]
    public void A_batch_that_only_overlaps_a_known_one_is_out_of_order()
    {
        Send(0, records: 3);
        Assert.Equal(ProducerCheck.OutOfOrderSequence, Send(0, records: 2).Check);
        Assert.Equal(ProducerCheck.OutOfOrderSequence, Send(1, records: 3).Check);
    }

    [Fact]
    public void A_gap_is_refused()
    {
        Send(0);
        Assert.Equal(ProducerCheck.OutOfOrderSequence, Send(2).Check);
        Assert.Equal(ProducerCheck.Accepted, Send(1).Check);
    }

    [Fact]
    public void A_producer_that_nobody_knows_may_begin_anywhere() => Assert.Equal(ProducerCheck.Accepted, Send(1234).Check);

    [Fact]
    public void After_the_greatest_sequence_number_comes_zero()
    {
        Send(int.MaxValue - 1, records: 2);
        Assert.Equal(ProducerCheck.OutOfOrderSequence, Send(1).Check);
        Assert.Equal(ProducerCheck.Accepted, Send(0).Check);
        Assert.Equal(ProducerCheck.Accepted, Send(1).Check);
    }

    [Fact]
    public void A_batch_may_wrap_in_its_middle()
    {
        Send(int.MaxValue - 1, records: 4);
        Assert.Equal(ProducerCheck.Duplicate, Send(int.MaxValue - 1, records: 4).Check);
        Assert.Equal(ProducerCheck.Accepted, Send(2).Check);
    }

    [Fact]
    public void A_new_epoch_begins_with_sequence_zero_and_fences_the_old_one()
    {
        Send(0, epoch: 1);
        Assert.Equal(ProducerCheck.OutOfOrderSequence, Send(1, epoch: 2).Check);
        Assert.Equal(ProducerCheck.Accepted, Send(0, epoch: 2).Check);
        Assert.Equal(ProducerCheck.InvalidProducerEpoch, Send(1, epoch: 1).Check);
        Assert.Equal(ProducerCheck.Accepted, Send(1, epoch: 2).Check);
    }

    [Fact]
    public void Coordinators_and_leaders_are_not_asked_for_sequence_numbers()
    {
        Send(0);
        Assert.Equal(ProducerCheck.Accepted, Send(9, origin: AppendOrigin.Coordinator).Check);
        byte[] replicated = TestLog.Batch(1, producerId: 7, epoch: 0, sequence: 50);
        RecordBatch.SetBaseOffset(replicated, _log.LogEndOffset);
        Assert.Equal(ProducerCheck.Accepted, _log.AppendAsFollower(replicated, 0).Check);
        Assert.Equal(ProducerCheck.Accepted, Send(51).Check);
    }

    [Fact]
    public void Silent_producers_are_forgotten_unless_in_a_transaction()
    {
        Send(0, id: 1);
        Send(0, id: 2, transactional: true);
        _log.Producers.RemoveExpired(nowMs: 1000 + 99, expirationMs: 100);
        Assert.Equal(2, _log.Producers.Count);
        _log.Producers.RemoveExpired(nowMs: 1000 + 100, expirationMs: 100);
        Assert.Equal(1, _log.Producers.Count);
    }

    [Fact]
    public void A_transaction_holds_the_unstable_offset_until_its_marker_is_replicated()
    {
        Send(0, id: 1);
        Assert.Null(_log.Producers.FirstUnstableOffset);
        Send(0, id: 2, transactional: true);
        Send(0, id: 3, transactional: true);
        Assert.Equal(1, _log.Producers.FirstUnstableOffset);
        End(ControlRecordType.Commit, id: 2);
        Assert.Equal(1, _log.Producers.FirstUnstableOffset);
        _log.Producers.OnHighWatermark(3);
        Assert.Equal(1, _log.Producers.FirstUnstableOffset);
        _log.Producers.OnHighWatermark(4);
        Assert.Equal(2, _log.Producers.FirstUnstableOffset);
        End(ControlRecordType.Abort, id: 3);
        _log.Producers.OnHighWatermark(5);
        Assert.Null(_log.Producers.FirstUnstableOffset);
    }

    [Fact]
    public void Aborted_transactions_are_kept_for_readers()
    {
        Send(0, id: 2, transactional: true);
        Send(0, id: 3, transactional: true);
        End(ControlRecordType.Abort, id: 3);
        End(ControlRecordType.Commit, id: 2);
        Assert.Equal([new AbortedTransaction(3, 1, 2, 0)], _log.AbortedTransactions(0, 100));
        Assert.Empty(_log.AbortedTransactions(3, 100));
        Assert.Empty(_log.AbortedTransactions(0, 1));
        PartitionLog again = TestLog.Open(_disk.Kill());
        Assert.Equal([new AbortedTransaction(3, 1, 2, 0)], again.AbortedTransactions(0, 100));
        again.TruncateTo(2, 0);
        Assert.Empty(again.AbortedTransactions(0, 100));
        Assert.Equal(0, again.Producers.FirstUnstableOffset);
    }

    [Fact]
    public void Data_outside_the_open_transaction_is_refused()
    {
        Send(0, transactional: true);
        Assert.Equal(ProducerCheck.InvalidTransactionState, Send(1).Check);
        End(ControlRecordType.Commit);
        Assert.Equal(ProducerCheck.Accepted, Send(1).Check);
    }

    [Fact]
    public void A_marker_of_an_older_coordinator_or_producer_epoch_is_refused()
    {
        Send(0, epoch: 3, transactional: true);
        Assert.Equal(ProducerCheck.InvalidProducerEpoch, End(ControlRecordType.Abort, epoch: 2).Check);
        Assert.Equal(ProducerCheck.Accepted, End(ControlRecordType.Abort, epoch: 3, coordinatorEpoch: 5).Check);
        Assert.Equal(ProducerCheck.CoordinatorFenced, End(ControlRecordType.Abort, epoch: 3, coordinatorEpoch: 4).Check);
    }

    [Fact]
    public void A_snapshot_keeps_what_is_needed_of_every_producer()
    {
        Send(0, records: 3, id: 1, epoch: 4);
        Send(0, records: 2, id: 2, transactional: true);
        End(ControlRecordType.Commit, id: 9, epoch: 1, coordinatorEpoch: 6);
        _log.Close(clean: true, 0);
        PartitionLog again = TestLog.Open(_disk, recoveryPoint: 6, clean: true);
        Assert.Equal(3, again.Producers.Count);
        Assert.Equal(3, again.Producers.FirstUnstableOffset);
        ProducerCheck Check(long id, short epoch, int sequence, int records = 1) =>
            again.Append(TestLog.Batch(records, producerId: id, epoch: epoch, sequence: sequence), 0, 0).Check;
        Assert.Equal(ProducerCheck.Duplicate, Check(1, 4, 0, records: 3));
        Assert.Equal(ProducerCheck.OutOfOrderSequence, Check(1, 4, 4));
        Assert.Equal(ProducerCheck.Accepted, Check(1, 4, 3));
        Assert.Equal(ProducerCheck.InvalidProducerEpoch, Check(9, 0, 0));
        Assert.Equal(ProducerCheck.Accepted, Check(9, 1, 0));
    }

    [Fact]
    public void A_log_that_knows_no_producer_is_closed_without_a_snapshot_and_knows_none_when_it_is_opened()
    {
        _log.Append(TestLog.Batch(3), 0, 0);
        Assert.True(_log.Close(clean: true, 0));
        Assert.DoesNotContain(_disk.List(TestLog.Directory), entry => entry.Name.EndsWith(".snapshot", StringComparison.Ordinal));
        PartitionLog log = TestLog.Open(_disk, recoveryPoint: 3, clean: true);
        Assert.Equal((3L, 0), (log.LogEndOffset, log.Producers.Count));
        log.Append(TestLog.Batch(1, producerId: 7, epoch: 0, sequence: 4), 0, 0);
        Assert.True(log.Close(clean: true, 0));
        Assert.Equal(1, TestLog.Open(_disk, recoveryPoint: 4, clean: true).Producers.Count);
    }

    [Fact]
    public void Producers_whose_snapshot_was_damaged_are_known_after_any_number_of_clean_starts()
    {
        Send(0);
        Assert.True(_log.Close(clean: true, 0));
        string snapshot = Assert.Single(_disk.List(TestLog.Directory), entry => entry.Name.EndsWith(".snapshot", StringComparison.Ordinal)).Name;
        _disk.SetContent($"{TestLog.Directory}/{snapshot}", [1, 2, 3]);
        for (int starts = 0; starts < 3; starts++)
        {
            PartitionLog log = TestLog.Open(_disk, recoveryPoint: 1, clean: true);
            Assert.Equal(1, log.Producers.Count);
            Assert.True(log.Close(clean: true, 0));
        }
    }
}
