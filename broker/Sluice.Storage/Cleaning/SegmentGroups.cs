using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;

namespace Sluice.Storage.Cleaning;

/// <summary>Puts small neighbouring segments together that one cleaned segment can take the place of, so that segments don't dwindle.</summary>
internal static class SegmentGroups
{
    /// <summary>The swap of one group is made by the log's owner in one go: a bound on the names that it changes.</summary>
    private const int SegmentsMax = 64;

    /// <summary>Groups the segments in their order; bounded by the sizes of the log and of each index, and by the 31 bits of an index's offsets.</summary>
    public static List<List<SegmentSource>> Of(IDisk disk, IReadOnlyList<SegmentSource> segments, LogConfig config)
    {
        var groups = new List<List<SegmentSource>>();
        long size = 0, index = 0, times = 0;
        foreach (SegmentSource segment in segments)
        {
            long indexSize = segment.LengthOf(disk, LogFileNames.Index), timesSize = segment.LengthOf(disk, LogFileNames.TimeIndex);
            bool fits = groups.Count > 0 && groups[^1].Count < SegmentsMax && size + segment.Size <= config.SegmentBytes
                && index + indexSize <= config.SegmentIndexBytes && times + timesSize <= config.SegmentIndexBytes
                && segment.NextBaseOffset - 1 - groups[^1][0].BaseOffset <= int.MaxValue;
            if (!fits)
            {
                groups.Add([]);
                size = index = times = 0;
            }
            groups[^1].Add(segment);
            size += segment.Size;
            index += indexSize;
            times += timesSize;
        }
        return groups;
    }
}
