using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Sluice.Protocol.Batches;

namespace Sluice.Cli.Data.Dump;

/// <summary>Files beside a segment in which a broker keeps state: of producers (<c>.snapshot</c>) and of aborted transactions (<c>.txnindex</c>).</summary>
internal static class StateFiles
{
    private const int SnapshotHeaderSize = 10;
    private const int ProducerSize = 46;
    private const int TransactionSize = 34;

    /// <summary>The producers in a snapshot, each a document.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="damage">What is wrong with it; null when nothing is.</param>
    public static List<JsonObject> Producers(ReadOnlySpan<byte> bytes, out string? damage)
    {
        damage = null;
        var producers = new List<JsonObject>();
        if (bytes.Length < SnapshotHeaderSize)
        {
            damage = $"{bytes.Length} bytes are less than a snapshot's header of {SnapshotHeaderSize}";
            return producers;
        }

        short version = BinaryPrimitives.ReadInt16BigEndian(bytes);
        uint crc = BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]), computed = Crc32C.Compute(bytes[6..]);
        int count = BinaryPrimitives.ReadInt32BigEndian(bytes[6..]);
        if (version != 1) damage = $"snapshot version {version}; 1 is known";
        else if (crc != computed) damage = $"the checksum is {crc:x8}, that of the content {computed:x8}";
        else if (count != (bytes.Length - SnapshotHeaderSize) / ProducerSize) damage = $"{count} producers do not take {bytes.Length} bytes";
        if (version != 1) return producers;
        for (ReadOnlySpan<byte> at = bytes[SnapshotHeaderSize..]; at.Length >= ProducerSize; at = at[ProducerSize..]) producers.Add(Producer(at));
        return producers;
    }

    /// <summary>The aborted transactions in an index.</summary>
    /// <inheritdoc cref="Producers"/>
    public static List<JsonObject> Transactions(ReadOnlySpan<byte> bytes, out string? damage)
    {
        damage = null;
        var transactions = new List<JsonObject>();
        for (; bytes.Length >= TransactionSize; bytes = bytes[TransactionSize..])
        {
            short version = BinaryPrimitives.ReadInt16BigEndian(bytes);
            if (version != 0)
            {
                damage = $"entry version {version}; 0 is known";
                return transactions;
            }

            transactions.Add(new JsonObject
            {
                ["version"] = version,
                ["producerId"] = BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
                ["firstOffset"] = BinaryPrimitives.ReadInt64BigEndian(bytes[10..]),
                ["lastOffset"] = BinaryPrimitives.ReadInt64BigEndian(bytes[18..]),
                ["lastStableOffset"] = BinaryPrimitives.ReadInt64BigEndian(bytes[26..]),
            });
        }

        if (bytes.Length > 0) damage = $"{bytes.Length} bytes are left, less than an entry";
        return transactions;
    }

    private static JsonObject Producer(ReadOnlySpan<byte> at)
    {
        int lastSequence = BinaryPrimitives.ReadInt32BigEndian(at[10..]), offsetDelta = BinaryPrimitives.ReadInt32BigEndian(at[22..]);
        long transaction = BinaryPrimitives.ReadInt64BigEndian(at[38..]);
        return new JsonObject
        {
            ["producerId"] = BinaryPrimitives.ReadInt64BigEndian(at),
            ["producerEpoch"] = BinaryPrimitives.ReadInt16BigEndian(at[8..]),
            ["coordinatorEpoch"] = BinaryPrimitives.ReadInt32BigEndian(at[34..]),
            // Of a transaction that is open at the snapshot's offset.
            ["currentTxnFirstOffset"] = transaction < 0 ? null : transaction,
            ["lastTimestamp"] = BinaryPrimitives.ReadInt64BigEndian(at[26..]),
            ["firstSequence"] = lastSequence < 0 ? -1 : RecordBatch.AddSequence(lastSequence, -offsetDelta),
            ["lastSequence"] = lastSequence,
            ["lastOffset"] = BinaryPrimitives.ReadInt64BigEndian(at[14..]),
            ["offsetDelta"] = offsetDelta,
        };
    }
}
