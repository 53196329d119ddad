using System.Buffers.Binary;
using Simulation.Models;
using Simulation.Runs;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Simulation.Clients;

/// <summary>Batches whose records carry a number of their own in a header, so that each can be recognised wherever it turns up, also without a value.</summary>
internal static class Batches
{
    private const string NumberHeader = "n";
    private const int Keys = 7;

    /// <summary>The key of a record: few keys, so that most records are followed by one of the same key.</summary>
    public static int KeyOf(long record) => (int)(Mix(record) % Keys);

    /// <summary>Whether a record has no value: in a compacted topic it deletes its key.</summary>
    public static bool IsTombstone(long record) => Mix(record) / Keys % 6 == 0;

    /// <summary>Makes a batch.</summary>
    public static byte[] Build(ReadOnlySpan<long> records, long timestampMs, CompressionCodec codec, int fillBytes, long producerId = -1, short producerEpoch = -1, int sequence = -1)
    {
        using var builder = new RecordBatchBuilder { Codec = codec, ProducerId = producerId, ProducerEpoch = producerEpoch, BaseSequence = sequence };
        foreach (long record in records)
        {
            byte[] number = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(number, record);
            byte[] value = new byte[fillBytes];
            for (int i = 0; i < value.Length; i++) value[i] = (byte)(record * 31 + i);
            builder.Append(timestampMs, BitConverter.GetBytes(KeyOf(record)), IsTombstone(record) ? (ReadOnlyMemory<byte>?)null : value, [new RecordHeader(NumberHeader, number)]);
        }
        return builder.Build();
    }

    /// <summary>Reads batches as a consumer does: checks each checksum, then gives the records to <paramref name="visit"/>.</summary>
    /// <param name="bytes">Batches back to back.</param>
    /// <param name="partition">Where they come from.</param>
    /// <param name="visit">Called with offset and record number.</param>
    /// <returns>The offset after the last batch; -1 when there is none.</returns>
    public static long Read(ReadOnlySpan<byte> bytes, PartitionModel partition, Action<long, long> visit)
    {
        long next = -1;
        bool isSure = false;
        RecordBatches.Enumerator batches = RecordBatches.Split(bytes);
        while (batches.MoveNext())
        {
            RecordBatch batch = batches.Current;
            if (isSure && (batch.BaseOffset < next || (batch.BaseOffset > next && !partition.Topic.MayCompact))) throw new Violation($"{partition.Name}: a batch at {batch.BaseOffset} follows one that ends before {next}");
            next = batch.NextOffset;
            // A bit that was turned may have changed where the batch says that it ends.
            isSure = batch.Validate() == BatchError.None;
            if (!isSure)
            {
                if (!partition.Damaged.Contains(batch.BaseOffset)) throw new Violation($"{partition.Name}: the batch at {batch.BaseOffset} is {batch.Validate()}");
                continue;
            }
            ReadRecords(batch, partition, visit);
        }
        if (batches.Error is not (BatchError.None or BatchError.Incomplete)) throw new Violation($"{partition.Name}: after offset {next} the bytes are {batches.Error}");
        return next;
    }

    private static void ReadRecords(in RecordBatch batch, PartitionModel partition, Action<long, long> visit)
    {
        using var body = new PooledBuffer();
        Codecs.Decompress(batch.Codec, batch.Body, body, new DecompressionLimit(16 * 1024 * 1024));
        var reader = new RecordReader(body.WrittenSpan, batch.RecordCount);
        while (reader.TryRead(out Record record))
        {
            long number = BinaryPrimitives.ReadInt64BigEndian(record.ReadHeaders()[0].Value!.Value.Span);
            if (record.ValueIsNull != IsTombstone(number) || BitConverter.ToInt32(record.Key) != KeyOf(number)) throw new Violation($"{partition.Name}: key or value of record {number} has changed");
            for (int i = 0; i < record.Value.Length; i++)
            {
                if (record.Value[i] != (byte)(number * 31 + i)) throw new Violation($"{partition.Name}: the value of record {number} has changed");
            }
            visit(batch.BaseOffset + record.OffsetDelta, number);
        }
        if (reader.Error != BatchError.None) throw new Violation($"{partition.Name}: the records of the batch at {batch.BaseOffset} are {reader.Error}");
    }

    private static ulong Mix(long record) => ((ulong)record * 0x9E3779B97F4A7C15UL) >> 20;
}
