using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Cleaning;

/// <summary>A finished segment as it was when a cleaning began. What a cleaning reads of it never changes.</summary>
/// <param name="Segment">The segment; only the log's owner looks into it.</param>
/// <param name="BaseOffset">Its base offset.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="NextBaseOffset">The base offset of the segment after it.</param>
/// <param name="Directory">Its directory.</param>
internal sealed record SegmentSource(LogSegment Segment, long BaseOffset, int Size, long NextBaseOffset, string Directory)
{
    public string PathOf(string suffix) => LogFileNames.File(Directory, BaseOffset, suffix);

    public long LengthOf(IDisk disk, string suffix) => disk.FileExists(PathOf(suffix)) ? disk.FileLength(PathOf(suffix)) : 0;
}
