using Sluice.Storage.Disk;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>
/// What outlives a failed flush. The kernel marks the pages that it could not write as clean: they are read like all others, and no
/// later flush writes them. A process that starts on them would find a whole log, flush it "successfully", and lose it with the power.
/// So the failure is noted beside the log, and the next start writes again all that may be concerned before it trusts a flush.
/// </summary>
internal static class FlushFailure
{
    private const string FileName = "flush-failed";
    private const int ChunkSize = 256 * 1024;

    /// <summary>Notes a failure, as well as a failing disk allows.</summary>
    public static void Note(IDisk disk, string directory)
    {
        try
        {
            disk.Open(PathIn(directory), DiskAccess.Create).Dispose();
        }
        catch (DiskException)
        {
            // The log is failed in any case; a disk that takes no file is told of at the next start by its own errors.
        }
    }

    /// <summary>Whether the last run noted a failure.</summary>
    public static bool IsNoted(LogState log) => log.Disk.FileExists(PathIn(log.Directory));

    /// <summary>Writes the segments from <paramref name="first"/> on again, byte for byte, flushes them, and takes the note away.</summary>
    /// <exception cref="DiskException">The disk still fails; the note stays.</exception>
    public static void WriteAgain(LogState log, int first)
    {
        byte[] chunk = new byte[ChunkSize];
        for (int i = first; i < log.Segments.Count; i++)
        {
            LogSegment segment = log.Segments[i];
            for (int position = 0; position < segment.Size; position += ChunkSize)
            {
                Span<byte> bytes = chunk.AsSpan(0, Math.Min(ChunkSize, segment.Size - position));
                segment.Log.Read(position, bytes);
                segment.Log.File.Write(position, bytes);
            }
            segment.Log.File.Flush();
        }
        log.Disk.DeleteFile(PathIn(log.Directory));
        log.Disk.SyncDirectory(log.Directory);
    }

    private static string PathIn(string directory) => $"{directory}/{FileName}";
}
