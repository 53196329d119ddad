using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Storage.Cleaning;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Sluice.Storage.Producers;
using Sluice.Storage.Tests.Support;
using Record = Sluice.Protocol.Batches.Record;

namespace Sluice.Storage.Tests.Cleaning;

/// <summary>What stays of a log when it is cleaned, by the behaviour of Kafka's cleaner.</summary>
public class CleaningTests
{
    private readonly CompactedLog _log = new();

    [Fact]
    public void Of_each_key_the_last_record_stays_at_its_offset()
    {
        for (int i = 0; i < 40; i++)
            _log.Put($"k{i % 3}", $"v{i}");
        _log.Roll();
        CleaningStatistics done = _log.Clean();
        Assert.Equal(["37 k1=v37", "38 k2=v38", "39 k0=v39"], _log.Records());
        Assert.Equal((0L, 40L, 40L), (_log.Log.LogStartOffset, _log.Log.LogEndOffset, _log.CleanedUpTo));
        Assert.Equal((40L, 3L, 40L), (done.RecordsRead, done.RecordsWritten, done.RecordsMapped));
        Assert.Equal(["40 k1=later"], (_log.Put("k1", "later") == 40 ? _log.Records() : [])[3..]);
    }

    [Fact]
    public void The_segment_that_takes_appends_is_not_cleaned()
    {
        _log.Put("a", "1");
        _log.Put("a", "2");
        _log.Roll();
        _log.Put("a", "3");
        _log.Put("a", "4");
        _log.Clean();
        Assert.Equal(["1 a=2", "2 a=3", "3 a=4"], _log.Records());
    }

    [Fact]
    public void What_is_not_stable_is_not_cleaned()
    {
        for (int i = 0; i < 30; i++)
            _log.Put("a", $"{i}");
        _log.Roll();
        CleanableRange range = _log.Log.FindCleanable(null, stableEnd: 12, 0);
        Assert.True(range.FirstUncleanableOffset is > 0 and <= 12);
        LogCleaning cleaning = _log.Log.BeginCleaning(range, CompactedLog.Limits, 0);
        Assert.Equal(CleaningStep.Finished, _log.Drive(cleaning));
        Assert.Equal(range.FirstUncleanableOffset, cleaning.EndOffset);
        Assert.Equal($"{range.FirstUncleanableOffset - 1} a={range.FirstUncleanableOffset - 1}", _log.Records()[0]);
        Assert.Equal(30 - range.FirstUncleanableOffset + 1, _log.Records().Count);
    }

    [Fact]
    public void What_is_not_flushed_is_not_cleaned()
    {
        // Else a loss of power could take the record that was the reason for dropping a durable one.
        _log.Put("a", "durable");
        _log.Roll();
        _log.Put("a", "not flushed");
        _log.Log.Roll(0);
        _log.Clean();
        Assert.Equal(["0 a=durable", "1 a=not flushed"], _log.Records());
        _log.Log.Flush(0);
        _log.Clean();
        Assert.Equal(["1 a=not flushed"], _log.Records());
    }

    [Fact]
    public void A_tombstone_stays_until_its_delete_horizon_which_the_first_cleaning_sets()
    {
        _log.Put("a", "1", timestamp: 5);
        _log.Put("a", null, timestamp: 6);
        _log.Put("end", "x");
        _log.Roll();
        _log.Clean(nowMs: 10_000);
        Assert.Equal(["1 a=", "2 end=x"], _log.Records());
        CompactedLog.Visit(_log.Log, (long offset, in RecordBatch batch, in Record record) =>
        {
            Assert.Equal(offset == 1, batch.HasDeleteHorizon);
            Assert.Equal(offset == 1 ? 11_000 : 1000, batch.BaseTimestamp);
            Assert.Equal(offset == 1 ? 6 : 1000, batch.BaseTimestamp + record.TimestampDelta);
            Assert.Equal(offset == 1 ? 6 : 1000, batch.MaxTimestamp);
        });
        // Cleaned again before the horizon, with other settings: it stays what it was.
        _log.Log.Config = CompactedLog.Config with { DeleteRetentionMs = 50_000 };
        _log.CleanedUpTo = null;
        _log.Clean(nowMs: 10_999);
        Assert.Equal(["1 a=", "2 end=x"], _log.Records());
        _log.CleanedUpTo = null;
        _log.Clean(nowMs: 11_000);
        Assert.Equal(["2 end=x"], _log.Records());
    }

    [Fact]
    public void A_value_after_a_tombstone_takes_its_place()
    {
        _log.Put("a", "1");
        _log.Put("a", null);
        _log.Put("a", "2");
        _log.Roll();
        _log.Clean();
        Assert.Equal(["2 a=2"], _log.Records());
    }

    [Fact]
    public void Records_without_key_are_dropped()
    {
        _log.Put(null, "lost");
        _log.Put("a", "1");
        _log.Roll();
        Assert.Equal(1, _log.Clean().RecordsWithoutKey);
        Assert.Equal(["1 a=1"], _log.Records());
    }

    [Fact]
    public void Half_of_a_batch_may_stay()
    {
        _log.Append(CompactedLog.Batch([("a", "1"), ("b", "1"), ("a", "2"), ("c", "1")], timestamp: 50));
        _log.Put("c", "2");
        _log.Roll();
        _log.Clean();
        Assert.Equal(["1 b=1", "2 a=2", "4 c=2"], _log.Records());
        byte[] first = TestLog.ReadAll(_log.Log)[0];
        var batch = new RecordBatch(first);
        Assert.Equal((0L, 3L, 2, 51L, 52L), (batch.BaseOffset, batch.LastOffset, batch.RecordCount, batch.BaseTimestamp, batch.MaxTimestamp));
        Assert.Equal(51, _log.Log.OffsetForTimestamp(51)!.Value.Timestamp);
        Assert.Equal(1, _log.Log.OffsetForTimestamp(51)!.Value.Offset);
        Assert.Equal(2, _log.Log.OffsetForTimestamp(52)!.Value.Offset);
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Batches_keep_their_codec(CompressionCodec codec)
    {
        _log.Append(CompactedLog.Batch([("a", "1"), ("b", "1"), ("a", "2")], codec: codec));
        _log.Append(CompactedLog.Batch([("b", "2"), ("d", null)], codec: codec));
        _log.Put("end", "x");
        _log.Roll();
        _log.Clean(nowMs: 100);
        Assert.Equal(["2 a=2", "3 b=2", "4 d=", "5 end=x"], _log.Records());
        Assert.Equal([codec, codec, CompressionCodec.None], TestLog.ReadAll(_log.Log).Select(bytes => new RecordBatch(bytes).Codec));
    }

    [Fact]
    public void The_logs_own_times_stay_the_records_times()
    {
        _log.Append(CompactedLog.Batch([("a", "1"), ("b", "1")], timestamp: 77, type: TimestampType.LogAppendTime));
        _log.Append(CompactedLog.Batch([("a", null), ("c", "1")], timestamp: 99, type: TimestampType.LogAppendTime));
        _log.Put("end", "x");
        _log.Roll();
        _log.Clean(nowMs: 500);
        RecordBatch First(int i) => new(TestLog.ReadAll(_log.Log)[i]);
        Assert.Equal((TimestampType.LogAppendTime, 78L, 1), (First(0).TimestampType, First(0).MaxTimestamp, First(0).RecordCount));
        Assert.Equal((TimestampType.LogAppendTime, 100L, true, 1500L), (First(1).TimestampType, First(1).MaxTimestamp, First(1).HasDeleteHorizon, First(1).BaseTimestamp));
    }

    [Fact]
    public void The_last_batch_of_a_producer_stays_without_records_so_that_it_goes_on_in_sequence()
    {
        _log.Append(CompactedLog.Batch([("a", "1"), ("a", "2")], producerId: 7, sequence: 0));
        _log.Append(CompactedLog.Batch([("a", "3"), ("a", "4"), ("a", "5")], producerId: 7, sequence: 2));
        _log.Append(CompactedLog.Batch([("a", "6")], producerId: 8, sequence: 0));
        _log.Put("a", "7");
        _log.Roll();
        _log.Clean();
        Assert.Equal(["6 a=7"], _log.Records());
        Assert.Equal([(2L, 4L, 0), (5L, 5L, 0), (6L, 6L, 1)], TestLog.ReadAll(_log.Log).Select(bytes => (new RecordBatch(bytes).BaseOffset, new RecordBatch(bytes).LastOffset, new RecordBatch(bytes).RecordCount)));
        // All that is known of the producer has to come from the log itself.
        foreach (DiskEntry entry in _log.Disk.List(TestLog.Directory).Where(entry => entry.Name.EndsWith(".snapshot", StringComparison.Ordinal)))
            _log.Disk.DeleteFile($"{TestLog.Directory}/{entry.Name}");
        _log.Reopen();
        Assert.Equal(ProducerCheck.Duplicate, _log.Log.Append(CompactedLog.Batch([("a", "3"), ("a", "4"), ("a", "5")], producerId: 7, sequence: 2), 0, 0).Check);
        Assert.Equal(ProducerCheck.OutOfOrderSequence, _log.Log.Append(CompactedLog.Batch([("a", "9")], producerId: 7, sequence: 6), 0, 0).Check);
        _log.Append(CompactedLog.Batch([("b", "1")], producerId: 7, sequence: 5));
        // Now that there is a later batch, the empty one goes.
        _log.Roll();
        _log.Clean();
        Assert.DoesNotContain(2L, TestLog.Offsets(_log.Log));
    }

    [Fact]
    public void Segments_still_meet_when_their_last_records_are_gone()
    {
        for (int i = 0; i < 20; i++)
            _log.Put("a", $"{i}");
        _log.Roll();
        _log.Put("a", "last");
        _log.Roll();
        _log.Put("b", "1");
        _log.Log.Config = CompactedLog.Config with { SegmentBytes = 80 };
        _log.Clean();
        Assert.Equal(["20 a=last", "21 b=1"], _log.Records());
        long next = 0;
        foreach (DiskEntry entry in _log.Disk.List(TestLog.Directory))
        {
            if (!LogFileNames.TryParseOffset(entry.Name, LogFileNames.Log, out long baseOffset)) continue;
            Assert.Equal(next, baseOffset);
            foreach (RecordBatch batch in RecordBatches.Split(_log.Disk.Content($"{TestLog.Directory}/{entry.Name}")))
                next = batch.NextOffset;
        }
        Assert.Equal(22, next);
        PartitionLog again = TestLog.Open(_log.Disk.Kill(), CompactedLog.Config with { Compact = false });
        Assert.Equal((22L, -1L), (again.LogEndOffset, again.Recovery.CutAtOffset));
    }

    [Fact]
    public void A_table_that_is_too_small_takes_several_cleanings()
    {
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 30; i++)
                _log.Put($"k{i}", $"{round}");
        }
        _log.Roll();
        var small = new CleaningLimits(DedupeBytes: 20 * OffsetMap.EntrySize, IoBufferBytes: 4096, LoadFactor: 0.5);
        long before = 0;
        int rounds = 0;
        while (_log.CleanedUpTo is not 90)
        {
            Assert.True(_log.Clean(limits: small).BufferUtilization <= 0.5);
            Assert.True(_log.CleanedUpTo > before);
            before = _log.CleanedUpTo!.Value;
            rounds++;
        }
        Assert.True(rounds > 4);
        Assert.Equal(Enumerable.Range(60, 30).Select(i => $"{i} k{i - 60}=2"), _log.Records());
    }

    [Fact]
    public void Small_segments_become_one_and_their_indexes_lead_to_every_record()
    {
        for (int i = 0; i < 200; i++)
            _log.Put($"k{i % 100}", new string('x', 10 + i % 7), timestamp: 1000 + i);
        _log.Roll();
        int before = _log.Log.SegmentCount;
        _log.Log.Config = CompactedLog.Config with { SegmentBytes = 4000 };
        _log.Clean();
        Assert.True(_log.Log.SegmentCount < before / 4);
        for (long offset = 0; offset < 200; offset++)
        {
            Assert.Equal(Math.Max(100, offset), new RecordBatch(TestLog.ReadAll(_log.Log, offset).First(bytes => new RecordBatch(bytes).RecordCount > 0)).BaseOffset);
            Assert.Equal(Math.Max(100, offset), _log.Log.OffsetForTimestamp(1000 + offset)!.Value.Offset);
        }
        _log.Reopen();
        Assert.Equal(100, _log.Records().Count);
    }

    [Fact]
    public void Records_of_aborted_transactions_go_and_their_markers_after_them()
    {
        _log.Append(CompactedLog.Batch([("a", "1"), ("b", "1")], producerId: 1, sequence: 0, transactional: true));
        _log.Append(CompactedLog.Batch([("c", "1")], producerId: 2, sequence: 0, transactional: true));
        _log.Append(TestLog.Marker(ControlRecordType.Abort, 1, 0), AppendOrigin.Coordinator);
        _log.Append(TestLog.Marker(ControlRecordType.Commit, 2, 0), AppendOrigin.Coordinator);
        // Later batches, so that those before are not kept for their producers' sequence.
        _log.Append(CompactedLog.Batch([("x", "1")], producerId: 1, sequence: 2, transactional: true));
        _log.Append(CompactedLog.Batch([("y", "1")], producerId: 2, sequence: 1, transactional: true));
        _log.Append(TestLog.Marker(ControlRecordType.Commit, 1, 0), AppendOrigin.Coordinator);
        _log.Append(TestLog.Marker(ControlRecordType.Commit, 2, 0), AppendOrigin.Coordinator);
        _log.Put("end", "x");
        _log.Roll();
        _log.Clean(nowMs: 0);
        // The abort marker was needed when the cleaning came to it: it stays, and so does its entry in the index.
        Assert.Equal([2L, 3, 4, 5, 6, 7, 8, 9], AllOffsets());
        Assert.Equal([(1L, 0L)], _log.Log.AbortedTransactions(0, 10).Select(t => (t.ProducerId, t.FirstOffset)));
        _log.CleanedUpTo = null;
        _log.Clean(nowMs: 100);
        // Now no batch needs it; it gets its delete horizon.
        Assert.Equal([2L, 3, 4, 5, 6, 7, 8, 9], AllOffsets());
        Assert.True(new RecordBatch(TestLog.ReadAll(_log.Log)[1]).HasDeleteHorizon);
        _log.CleanedUpTo = null;
        _log.Clean(nowMs: 1100);
        Assert.Equal([2L, 4, 5, 6, 7, 8, 9], AllOffsets());
        Assert.Empty(_log.Log.AbortedTransactions(0, 10));

        List<long> AllOffsets() => [.. TestLog.Offsets(_log.Log)];
    }

    [Fact]
    public void A_damaged_batch_ends_the_cleaning_and_stays_as_it_is()
    {
        for (int i = 0; i < 10; i++)
            _log.Put("a", $"{i}");
        _log.Roll();
        string first = TestLog.File(0, ".log");
        byte[] bytes = _log.Disk.Content(first);
        bytes[^3] ^= 1;
        _log.Log.CloseFiles();
        _log.Disk.SetContent(first, bytes);
        LogCleaning cleaning = _log.Begin();
        Assert.Equal(DiskErrorKind.Corrupt, Assert.Throws<DiskException>(() => _log.Drive(cleaning)).Kind);
        _log.Log.EndCleaning(cleaning);
        Assert.False(_log.Log.IsCleaning);
        Assert.Equal(bytes, _log.Disk.Content(first));
        Assert.DoesNotContain(_log.Disk.List(TestLog.Directory), entry => entry.Name.EndsWith(".cleaned", StringComparison.Ordinal));
    }

    [Fact]
    public void Appends_and_readers_go_on_while_a_log_is_cleaned()
    {
        for (int i = 0; i < 60; i++)
            _log.Put($"k{i % 2}", $"{i}");
        _log.Roll();
        LogSlice slice = _log.Log.Read(0, 1000)!.Value;
        byte[] before = new byte[slice.Records.Length];
        slice.Records.CopyTo(before);
        int appended = 0;
        Assert.Equal(CleaningStep.Finished, _log.Drive(_log.Begin(), between: () => _log.Put("k0", $"new{appended++}")));
        Assert.True(appended > 10);
        Assert.Equal(60 + appended, _log.Log.LogEndOffset);
        Assert.Equal(["58 k0=58", "59 k1=59", "60 k0=new0"], _log.Records()[..3]);
        while (_log.Log.TakeDeletion(long.MaxValue) is { } deletion)
            deletion.Execute();
        byte[] after = new byte[slice.Records.Length];
        slice.Records.CopyTo(after);
        slice.Records.Release();
        Assert.Equal(before, after);
        _log.Log.CloseFiles();
        Assert.Equal(0, _log.Disk.OpenFiles);
    }

    [Fact]
    public void A_read_passes_over_segments_without_records_unless_nothing_lies_behind_them()
    {
        for (int i = 0; i < 40; i++)
            _log.Put("a", $"{i}");
        _log.Roll();
        _log.Clean();
        // Java's consumer hands an answer without records to the application, which may take it for the end: log-compaction-tester does.
        Assert.Equal(RecordBatch.HeaderSize, _log.Disk.Content(TestLog.File(0, ".log")).Length);
        RecordBatch first = First(_log.Log.Read(0, 1000)!.Value);
        Assert.Equal((39L, 1), (first.LastOffset, first.RecordCount));
        // A reader must come to the end nevertheless, so there it is given what there is.
        RecordBatch empty = First(_log.Log.Read(0, 1000, upToOffset: first.BaseOffset)!.Value);
        Assert.Equal(0, empty.RecordCount);

        static RecordBatch First(LogSlice slice)
        {
            byte[] bytes = new byte[slice.Records.Length];
            slice.Records.CopyTo(bytes);
            slice.Records.Release();
            return new RecordBatch(bytes);
        }
    }

    [Fact]
    public void Deleted_records_end_a_cleaning_of_their_segments()
    {
        for (int i = 0; i < 60; i++)
            _log.Put($"k{i % 2}", $"{i}");
        _log.Roll();
        LogCleaning cleaning = _log.Begin();
        Assert.Equal(CleaningStep.Working, cleaning.Step(100));
        _log.Log.AdvanceLogStartOffset(30);
        Assert.True(_log.Log.DeleteOldSegments(0, 60) > 0);
        Assert.Equal(CleaningStep.Cancelled, _log.Drive(cleaning));
        Assert.False(_log.Log.IsCleaning);
        Assert.Equal(30, _log.Log.LogStartOffset);
        _log.Clean();
        Assert.Equal(["58 k0=58", "59 k1=59"], _log.Records().Where(r => !r.StartsWith("30 ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_log_that_was_cut_or_deleted_takes_no_cleaned_segment()
    {
        for (int i = 0; i < 60; i++)
            _log.Put($"k{i % 2}", $"{i}");
        _log.Roll();
        LogCleaning cleaning = _log.Begin();
        while (cleaning.Step(100) != CleaningStep.SwapDue)
        {
        }
        _log.Log.TruncateTo(20, 0);
        Assert.False(_log.Log.SwapCleaned(cleaning, 0));
        Assert.Equal(CleaningStep.Cancelled, cleaning.Step(100));
        _log.Log.EndCleaning(cleaning);
        Assert.Equal(20, _log.Records().Count);
        LogCleaning second = _log.Begin();
        second.Step(100);
        _log.Log.Delete("topic", 0, new string('a', 32));
        Assert.Equal(CleaningStep.Cancelled, second.Step(100));
    }

    [Fact]
    public void A_cleaned_segment_keeps_the_file_time_of_the_last_one_that_it_was_made_from()
    {
        var log = new CompactedLog(config: CompactedLog.Config with { SegmentBytes = 100_000 });
        for (int i = 1; i <= 3; i++)
        {
            log.Disk.NowMs = i * 1000;
            log.Put("a", $"{i}");
            log.Put($"{i}", "once");
            log.Roll();
        }
        log.Disk.NowMs = 9000;
        log.Clean();
        Assert.Equal(2, log.Log.SegmentCount);
        foreach (string suffix in new[] { ".log", ".index", ".timeindex" })
            Assert.Equal(3000, log.Disk.LastModifiedMs(TestLog.File(0, suffix)));
    }
}
