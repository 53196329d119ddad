using System.Buffers.Binary;
using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Producers;

/// <summary>The <c>.snapshot</c> file: the state of all producers at the offset in its name, as Kafka writes it.</summary>
internal static class ProducerSnapshot
{
    private const short Version = 1;
    private const int HeaderSize = 10;
    private const int CrcAt = 2;
    private const int CoveredFrom = 6;
    private const int EntrySize = 46;

    public static void Write(IDisk disk, string path, IReadOnlyCollection<ProducerEntry> entries)
    {
        byte[] bytes = new byte[HeaderSize + entries.Count * EntrySize];
        BinaryPrimitives.WriteInt16BigEndian(bytes, Version);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(CoveredFrom), entries.Count);
        Span<byte> to = bytes.AsSpan(HeaderSize);
        foreach (ProducerEntry entry in entries)
        {
            ProducerBatch last = entry.Batches.IsEmpty ? new ProducerBatch(-1, -1, 0, entry.LastTimestamp) : entry.Batches[^1];
            BinaryPrimitives.WriteInt64BigEndian(to, entry.ProducerId);
            BinaryPrimitives.WriteInt16BigEndian(to[8..], entry.Epoch);
            BinaryPrimitives.WriteInt32BigEndian(to[10..], last.LastSequence);
            BinaryPrimitives.WriteInt64BigEndian(to[14..], last.LastOffset);
            BinaryPrimitives.WriteInt32BigEndian(to[22..], last.OffsetDelta);
            BinaryPrimitives.WriteInt64BigEndian(to[26..], entry.LastTimestamp);
            BinaryPrimitives.WriteInt32BigEndian(to[34..], entry.CoordinatorEpoch);
            BinaryPrimitives.WriteInt64BigEndian(to[38..], entry.TransactionFirstOffset);
            to = to[EntrySize..];
        }
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(CrcAt), Crc32C.Compute(bytes.AsSpan(CoveredFrom)));
        disk.Replace(path, bytes, durable: false);
    }

    /// <exception cref="DiskException">With <see cref="DiskErrorKind.Corrupt"/> when the file is torn, damaged or of an unknown version.</exception>
    public static List<ProducerEntry> Read(IDisk disk, string path)
    {
        byte[] bytes = disk.ReadAllBytes(path);
        if (bytes.Length < HeaderSize || BinaryPrimitives.ReadInt16BigEndian(bytes) != Version)
            throw new DiskException(DiskErrorKind.Corrupt, path, "is not a producer snapshot of version 1");
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(CrcAt)) != Crc32C.Compute(bytes.AsSpan(CoveredFrom)))
            throw new DiskException(DiskErrorKind.Corrupt, path, "the checksum of the producer snapshot does not match");
        int count = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(CoveredFrom));
        if (count < 0 || count != (bytes.Length - HeaderSize) / EntrySize || (bytes.Length - HeaderSize) % EntrySize != 0)
            throw new DiskException(DiskErrorKind.Corrupt, path, $"{count} producers do not take {bytes.Length} bytes");
        var entries = new List<ProducerEntry>(count);
        for (ReadOnlySpan<byte> from = bytes.AsSpan(HeaderSize); !from.IsEmpty; from = from[EntrySize..])
            entries.Add(ReadEntry(from));
        return entries;
    }

    private static ProducerEntry ReadEntry(ReadOnlySpan<byte> from)
    {
        var entry = new ProducerEntry(BinaryPrimitives.ReadInt64BigEndian(from), firstOffset: -1);
        entry.SetEpoch(BinaryPrimitives.ReadInt16BigEndian(from[8..]));
        int lastSequence = BinaryPrimitives.ReadInt32BigEndian(from[10..]);
        long lastOffset = BinaryPrimitives.ReadInt64BigEndian(from[14..]);
        long timestamp = BinaryPrimitives.ReadInt64BigEndian(from[26..]);
        // A producer known only by its transaction marker has no batch.
        if (lastOffset >= 0)
            entry.Add(new ProducerBatch(lastSequence, lastOffset, BinaryPrimitives.ReadInt32BigEndian(from[22..]), timestamp));
        entry.LastTimestamp = timestamp;
        entry.CoordinatorEpoch = BinaryPrimitives.ReadInt32BigEndian(from[34..]);
        entry.TransactionFirstOffset = BinaryPrimitives.ReadInt64BigEndian(from[38..]);
        return entry;
    }
}
