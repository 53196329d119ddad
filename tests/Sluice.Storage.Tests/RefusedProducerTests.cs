using Sluice.Storage.Disk;
using Sluice.Storage.Logs;
using Sluice.Storage.Producers;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests;

/// <summary>What is known of producers after writes that the disk refused: as much as before them, and nothing of them.</summary>
public class RefusedProducerTests
{
    private readonly MemoryDisk _disk = TestLog.NewDisk();
    private readonly PartitionLog _log;

    public RefusedProducerTests() => _log = TestLog.Open(_disk);

    private AppendInfo Send(int sequence, short epoch = 0) => _log.Append(TestLog.Batch(1, producerId: 7, epoch: epoch, sequence: sequence), 0, 0);

    private void Refuse(Action append)
    {
        _disk.BytesLeft = 10;
        Assert.Equal(DiskErrorKind.NoSpace, Assert.Throws<DiskException>(append).Kind);
        _disk.BytesLeft = long.MaxValue;
    }

    private void StageFrom(int sequence, int count)
    {
        for (int i = 0; i < count; i++)
            Assert.Equal(ProducerCheck.Accepted, _log.Stage(TestLog.Batch(1, producerId: 7, epoch: 0, sequence: sequence + i), 0, 0).Check);
    }

    [Fact]
    public void Every_batch_that_a_client_may_send_again_is_known_as_before()
    {
        for (int i = 0; i < 3; i++)
            Send(i);
        // A snapshot knows the last batch of a producer only.
        _log.Roll(0);
        Send(3);
        Send(4);
        Refuse(() => Send(5));
        for (int i = 0; i < 5; i++)
        {
            AppendInfo duplicate = Send(i);
            Assert.Equal((ProducerCheck.Duplicate, (long)i), (duplicate.Check, duplicate.FirstOffset));
        }
        AppendInfo again = Send(5);
        Assert.Equal((ProducerCheck.Accepted, 5L), (again.Check, again.FirstOffset));
    }

    [Fact]
    public void A_producer_whose_first_batch_is_refused_stays_unknown()
    {
        Refuse(() => Send(4));
        Assert.Equal(0, _log.Producers.Count);
        Assert.Equal(ProducerCheck.Accepted, Send(9).Check);
    }

    [Fact]
    public void All_that_a_client_has_in_flight_can_be_refused_at_once()
    {
        Send(0);
        StageFrom(1, 5);
        Refuse(_log.WriteStaged);
        Assert.Equal(ProducerCheck.Duplicate, Send(0).Check);
        Assert.Equal(ProducerCheck.OutOfOrderSequence, Send(2).Check);
        StageFrom(1, 5);
        _log.WriteStaged();
        Assert.Equal([0L, 1L, 2L, 3L, 4L, 5L], TestLog.Offsets(_log));
    }

    [Fact]
    public void Of_a_client_that_had_more_in_flight_the_log_is_asked()
    {
        Send(0);
        StageFrom(1, 9);
        Refuse(_log.WriteStaged);
        Assert.Equal(ProducerCheck.Duplicate, Send(0).Check);
        Assert.Equal(ProducerCheck.OutOfOrderSequence, Send(2).Check);
        Assert.Equal(ProducerCheck.Accepted, Send(1).Check);
    }

    [Fact]
    public void An_epoch_that_was_refused_does_not_end_the_one_before()
    {
        Send(0);
        Refuse(() => Send(0, epoch: 1));
        Assert.Equal(ProducerCheck.Accepted, Send(1).Check);
        Assert.Equal(ProducerCheck.Accepted, Send(0, epoch: 1).Check);
    }

    [Fact]
    public void A_transaction_that_was_refused_is_not_open()
    {
        Send(0);
        Refuse(() => _log.Append(TestLog.Batch(1, producerId: 7, epoch: 0, sequence: 1, transactional: true), 0, 0));
        Assert.Null(_log.Producers.FirstUnstableOffset);
        Assert.Equal(ProducerCheck.Accepted, Send(1).Check);
    }

    [Fact]
    public void A_client_that_tries_again_and_again_costs_no_look_at_the_log()
    {
        for (int i = 0; i < 6; i++)
            Send(i);
        var read = new List<string>();
        _disk.Fault = (operation, path) =>
        {
            if (operation == "read")
                read.Add(path);
        };
        for (int i = 0; i < 3; i++)
            Refuse(() => Send(6));
        Assert.Empty(read);
    }
}
