using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;
using Sluice.Storage.Producers;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests;

public class RefusedWriteTests
{
    [Theory]
    [InlineData(".log")]
    [InlineData(".index")]
    [InlineData(".timeindex")]
    public void A_segment_that_could_not_be_made_leaves_no_file_to_hide_what_is_appended_afterwards(string suffix)
    {
        LogConfig config = TestLog.DefaultConfig with { SegmentBytes = 1000 };
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, config);
        log.Append(TestLog.Batch(1, valueSize: 500), 0, 0);
        disk.Fault = (operation, path) =>
        {
            if (operation == "open" && path == TestLog.File(1, suffix))
                throw new DiskException(DiskErrorKind.NoSpace, path, "no room for a name");
        };
        Assert.Throws<DiskException>(() => log.Append(TestLog.Batch(1, valueSize: 500), 0, 0));
        disk.Fault = static (_, _) => { };
        // A smaller batch still fits into the segment that could not be left; the next large one rolls.
        log.Append(TestLog.Batch(1), 0, 0);
        log.Append(TestLog.Batch(1, valueSize: 500), 0, 0);
        Assert.Equal(2, log.SegmentCount);
        Assert.Equal([0L, 1L, 2L], TestLog.Offsets(TestLog.Open(disk.Kill(), config)));
        log.Close(clean: true, 0);
        Assert.Equal([0L, 1L, 2L], TestLog.Offsets(TestLog.Open(disk.Kill(), config, 3, clean: true)));
    }

    [Fact]
    public void A_shortage_of_descriptors_refuses_appends_only_as_long_as_it_lasts()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk);
        log.Append(TestLog.Batch(1, producerId: 1, epoch: 0, sequence: 0), 0, 0);
        log.CloseFiles();
        disk.Fault = static (operation, path) =>
        {
            if (operation == "open" && path.EndsWith(".log", StringComparison.Ordinal))
                throw new DiskException(DiskErrorKind.TooManyOpenFiles, path, "no descriptor is left");
        };
        for (int i = 0; i < 2; i++)
            Assert.Throws<DiskException>(() => log.Append(TestLog.Batch(1, producerId: 1, epoch: 0, sequence: 1), 0, 0));
        Assert.False(log.IsFailed);
        disk.Fault = static (_, _) => { };
        AppendInfo info = log.Append(TestLog.Batch(1, producerId: 1, epoch: 0, sequence: 1), 0, 0);
        Assert.Equal((ProducerCheck.Accepted, 1L), (info.Check, info.FirstOffset));
        Assert.Equal([0L, 1L], TestLog.Offsets(TestLog.Open(disk.Kill())));
    }

    [Fact]
    public void An_abort_that_cannot_be_indexed_is_not_half_appended()
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk);
        log.Append(TestLog.Batch(1, producerId: 1, epoch: 0, sequence: 0, transactional: true), 0, 0);
        log.Stage(TestLog.Batch(1), 0, 0);
        disk.Fault = static (_, path) =>
        {
            if (path.EndsWith(".txnindex", StringComparison.Ordinal))
                throw new DiskException(DiskErrorKind.NoSpace, path, "full");
        };
        byte[] abort = TestLog.Marker(ControlRecordType.Abort, 1, 0);
        Assert.Throws<DiskException>(() => log.Append(abort, 0, 0, AppendOrigin.Coordinator));
        Assert.Equal(2, log.LogEndOffset);
        Assert.Equal(0, log.Producers.FirstUnstableOffset);
        disk.Fault = static (_, _) => { };
        Assert.Equal(2, log.Append(abort, 0, 0, AppendOrigin.Coordinator).FirstOffset);
        Assert.Equal([0L, 1L, 2L], TestLog.Offsets(log));
        Assert.Equal(0, Assert.Single(log.AbortedTransactions(0, 3)).FirstOffset);
    }

    [Fact]
    public void A_flush_that_cannot_begin_keeps_no_file_open()
    {
        LogConfig config = TestLog.DefaultConfig with { SegmentBytes = 1000 };
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk, config);
        for (int i = 0; log.SegmentCount < 3; i++)
            log.Append(TestLog.Batch(2, seed: i), 0, 0);
        log.CloseFiles();
        Assert.Equal(0, disk.OpenFiles);
        disk.Fault = (operation, path) =>
        {
            if (operation == "open" && path == TestLog.File(log.ActiveSegmentBaseOffset, ".log"))
                throw new DiskException(DiskErrorKind.TooManyOpenFiles, path, "no descriptor is left");
        };
        Assert.Throws<DiskException>(() => log.BeginFlush());
        log.CloseFiles();
        Assert.Equal(0, disk.OpenFiles);
        disk.Fault = static (_, _) => { };
        log.Flush(0);
        Assert.Equal(log.LogEndOffset, log.RecoveryPoint);
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void A_look_up_by_time_lives_with_a_batch_that_cannot_be_decompressed(CompressionCodec codec)
    {
        MemoryDisk disk = TestLog.NewDisk();
        PartitionLog log = TestLog.Open(disk);
        log.Append(TestLog.Batch(2, timestamp: 10), 0, 0);
        byte[] liar = TestLog.Batch(2, timestamp: 100);
        // Noise that claims to be compressed, with a checksum that is right: a broker that looks at headers only must take it.
        liar[22] |= (byte)codec;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(liar.AsSpan(17), Crc32C.Compute(liar.AsSpan(21)));
        log.Append(liar, 0, 0);
        log.Append(TestLog.Batch(2, timestamp: 1000), 0, 0);
        Assert.Equal(0, log.OffsetForTimestamp(5)!.Value.Offset);
        Assert.Equal(2, log.OffsetForTimestamp(100)!.Value.Offset);
        Assert.Equal(4, log.OffsetForTimestamp(500)!.Value.Offset);
        Assert.Equal(5, log.OffsetOfMaxTimestamp()!.Value.Offset);
    }
}
