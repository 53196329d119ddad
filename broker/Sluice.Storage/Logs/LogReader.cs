using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Storage.Files;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>Finds positions for reads by offset. Log bytes themselves stay in the file.</summary>
internal static class LogReader
{
    /// <summary>How many bytes of batches without records a read passes over at the end of a segment; that is one page.</summary>
    private const int PassedOverBytesMax = 4096;

    public static LogSlice? Read(LogState log, long offset, int maxBytes, long upToOffset, bool minOneBatch, bool mayWait)
    {
        if (offset < log.LogStartOffset || offset > log.LogEndOffset)
            return null;
        long bound = Math.Min(upToOffset, log.LogEndOffset);
        (LogSegment Segment, BatchLocation First, int Length)? passedOver = null;
        // After compaction the batch that held the offset may be gone, and with it the rest of its segment.
        for (int i = log.SegmentOf(offset); offset < bound && i < log.Segments.Count; i++)
        {
            LogSegment segment = log.Segments[i];
            if (segment.BaseOffset >= bound)
                break;
            if (!log.TryLocateAtTail(offset, segment, out BatchLocation first))
            {
                if (!mayWait && segment.FindCold(offset, ref maxBytes) is { } cold)
                    return new LogSlice(Records.Empty, offset, Cold: cold);
                if (segment.Locate(Math.Max(offset, segment.BaseOffset)) is not { } found)
                    continue;
                first = found;
            }
            int end = log.PositionOfBound(i, bound);
            if (end <= first.Position)
                break;
            int length = Math.Min(maxBytes, end - first.Position);
            if (length < first.Size)
            {
                if (!minOneBatch)
                    return new LogSlice(Records.Empty, first.BaseOffset, FirstBatchTooLarge: true, Withheld: first.Size);
                length = first.Size;
            }
            if (length == end - first.Position && HoldsNoRecords(segment, first.Position, length))
            {
                passedOver = (segment, first, length);
                continue;
            }
            bool goesOn = length == end - first.Position && i + 1 < log.Segments.Count && log.Segments[i + 1].BaseOffset < bound;
            return Slice(segment, first, length, goesOn ? int.MaxValue : 0);
        }
        return passedOver is { } last ? Slice(last.Segment, last.First, last.Length, withheld: 0) : new LogSlice(Records.Empty, offset);
    }

    private static LogSlice Slice(LogSegment segment, in BatchLocation first, int length, int withheld)
    {
        LogFile file = segment.Log;
        file.Retain();
        return new LogSlice(new Records(file, first.Position, length), first.BaseOffset, Withheld: withheld);
    }

    /// <summary>
    /// Whether there is nothing but the batches without records that compaction leaves at the end of a segment. A reader is given what lies
    /// behind them instead, as long as there is something: Java's consumer hands an answer without records to the application, and
    /// applications take that for the end of the log.
    /// </summary>
    private static bool HoldsNoRecords(LogSegment segment, int position, int length)
    {
        if (length > PassedOverBytesMax || length % RecordBatch.HeaderSize != 0)
            return false;
        Span<byte> bytes = stackalloc byte[length];
        segment.Log.Read(position, bytes);
        for (int at = 0; at < length; at += RecordBatch.HeaderSize)
        {
            if (new RecordBatch(bytes[at..]).SizeInBytes != RecordBatch.HeaderSize)
                return false;
        }
        return true;
    }

    public static List<AbortedTransaction> AbortedTransactions(LogState log, long fromOffset, long upToOffset)
    {
        var found = new List<AbortedTransaction>();
        for (int i = Math.Max(0, log.SegmentOf(fromOffset)); i < log.Segments.Count; i++)
        {
            foreach (AbortedTransaction aborted in TransactionIndex.Read(log.Disk, log.Segments[i].PathOf(LogFileNames.TransactionIndex)))
            {
                if (aborted.LastOffset >= fromOffset && aborted.FirstOffset < upToOffset)
                    found.Add(aborted);
                // Later entries belong to transactions that were open at or after this point only.
                if (aborted.LastStableOffset >= upToOffset)
                    return found;
            }
        }
        return found;
    }
}
