using System.Globalization;
using System.Text;
using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;

namespace Sluice.Core.Metadata.Log;

/// <summary>
/// How far the metadata log was durable when it last said so, kept in a file of its own beside it: the one thing that tells a log which
/// lost its end from one that never had it. Used by one thread at a time.
/// </summary>
/// <remarks>
/// Written in place after each flush of the log and before anyone is told of the change, and not flushed itself: it outlives a kill at
/// once and a loss of power after some seconds, at the cost of one small write. It never says more than was durable, so a start that finds less in
/// the log has found a loss. Two places are written by turns, each with a checksum, so that a torn write leaves the other.
/// </remarks>
internal sealed class DurableEnd
{
    private const string FileName = "metadata-log-end";
    private const int Places = 2;
    private const int PlaceSize = 512;
    private const int DigitsOfEnd = 20;
    private const int DigitsOfChecksum = 8;

    private readonly IDisk _disk;
    private readonly string _dataDirectory;
    private int _next;

    public DurableEnd(IDisk disk, string dataDirectory)
    {
        _disk = disk;
        _dataDirectory = dataDirectory;
    }

    private string FilePath => $"{_dataDirectory}/{FileName}";

    /// <summary>The offset after the last record that was durable; null when the file is not there or tells nothing.</summary>
    /// <exception cref="DiskException">The disk refused.</exception>
    public long? Read()
    {
        if (!_disk.FileExists(FilePath)) return null;
        byte[] bytes = _disk.ReadAllBytes(FilePath);
        long? newest = null;
        for (int i = 0; i < Places && i * PlaceSize < bytes.Length; i++)
        {
            if (TryParse(bytes.AsSpan(i * PlaceSize), out long end) && !(newest > end)) newest = end;
        }
        return newest;
    }

    /// <summary>Begins anew with what a start has found or accepted, durably, in all places.</summary>
    /// <exception cref="DiskException">The disk refused.</exception>
    public void Begin(long end)
    {
        using (IDiskFile file = _disk.Open(FilePath, DiskAccess.Create))
        {
            for (int i = 0; i < Places; i++) file.Write(i * PlaceSize, Format(end));
            file.Flush();
        }
        _disk.SyncDirectory(_dataDirectory);
    }

    /// <summary>Notes that a flush of the log has come back.</summary>
    /// <exception cref="DiskException">The disk failed.</exception>
    public void Note(long end)
    {
        try
        {
            using IDiskFile file = _disk.Open(FilePath, DiskAccess.ReadWrite);
            file.Write(_next * PlaceSize, Format(end));
            _next = (_next + 1) % Places;
        }
        catch (DiskException e) when (e.Passes)
        {
            // The file says less than it could until the next change, and nothing that is not so.
        }
    }

    private static byte[] Format(long end)
    {
        string digits = end.ToString($"D{DigitsOfEnd}", CultureInfo.InvariantCulture);
        return Encoding.ASCII.GetBytes($"{digits} {Checksum(Encoding.ASCII.GetBytes(digits))}\n");
    }

    private static bool TryParse(ReadOnlySpan<byte> place, out long end)
    {
        end = 0;
        if (place.Length < DigitsOfEnd + 1 + DigitsOfChecksum) return false;
        ReadOnlySpan<byte> digits = place[..DigitsOfEnd];
        return Encoding.ASCII.GetString(place.Slice(DigitsOfEnd + 1, DigitsOfChecksum)) == Checksum(digits)
            && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out end);
    }

    private static string Checksum(ReadOnlySpan<byte> digits) => Crc32C.Compute(digits).ToString($"x{DigitsOfChecksum}", CultureInfo.InvariantCulture);
}
