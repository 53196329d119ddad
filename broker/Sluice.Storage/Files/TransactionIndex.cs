using System.Buffers.Binary;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Files;

/// <summary>An aborted transaction as the <c>.txnindex</c> keeps it, for readers with isolation level read_committed.</summary>
/// <param name="ProducerId">Whose transaction.</param>
/// <param name="FirstOffset">Its first batch's base offset.</param>
/// <param name="LastOffset">Offset of its abort marker.</param>
/// <param name="LastStableOffset">The last stable offset once the marker was appended.</param>
public readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long LastOffset, long LastStableOffset);

/// <summary>A segment's <c>.txnindex</c>: entries appended in the order of their markers. The file exists only where there are entries.</summary>
internal static class TransactionIndex
{
    private const int EntrySize = 34;

    public static void Append(IDisk disk, string path, AbortedTransaction transaction)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        BinaryPrimitives.WriteInt16BigEndian(entry, 0);
        BinaryPrimitives.WriteInt64BigEndian(entry[2..], transaction.ProducerId);
        BinaryPrimitives.WriteInt64BigEndian(entry[10..], transaction.FirstOffset);
        BinaryPrimitives.WriteInt64BigEndian(entry[18..], transaction.LastOffset);
        BinaryPrimitives.WriteInt64BigEndian(entry[26..], transaction.LastStableOffset);
        using IDiskFile file = disk.Open(path, DiskAccess.Create);
        // A torn entry of an earlier crash is overwritten.
        file.Write(file.Length / EntrySize * EntrySize, entry);
    }

    public static List<AbortedTransaction> Read(IDisk disk, string path)
    {
        var transactions = new List<AbortedTransaction>();
        if (!disk.FileExists(path))
            return transactions;
        byte[] bytes = disk.ReadAllBytes(path);
        for (ReadOnlySpan<byte> left = bytes; left.Length >= EntrySize; left = left[EntrySize..])
        {
            if (BinaryPrimitives.ReadInt16BigEndian(left) > 0)
                throw new DiskException(DiskErrorKind.Corrupt, path, $"entry version {BinaryPrimitives.ReadInt16BigEndian(left)}; 0 is known");
            transactions.Add(new AbortedTransaction(BinaryPrimitives.ReadInt64BigEndian(left[2..]), BinaryPrimitives.ReadInt64BigEndian(left[10..]),
                BinaryPrimitives.ReadInt64BigEndian(left[18..]), BinaryPrimitives.ReadInt64BigEndian(left[26..])));
        }
        return transactions;
    }

    /// <summary>Drops the transactions whose marker lies at <paramref name="offset"/> or later.</summary>
    public static void TruncateTo(IDisk disk, string path, long offset)
    {
        if (!disk.FileExists(path))
            return;
        int keep = Read(disk, path).TakeWhile(transaction => transaction.LastOffset < offset).Count();
        if (keep == 0)
        {
            disk.DeleteFile(path);
            return;
        }
        using IDiskFile file = disk.Open(path, DiskAccess.ReadWrite);
        file.SetLength((long)keep * EntrySize);
    }
}
