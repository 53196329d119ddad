using Sluice.Storage.Files;

namespace Sluice.Storage.Segments;

/// <summary>What is open of one segment; a node of the list in <see cref="OpenFiles"/>.</summary>
internal sealed class SegmentFiles(LogSegment segment)
{
    public LogSegment Segment { get; } = segment;

    public SegmentFiles? Newer { get; set; }

    public SegmentFiles? Older { get; set; }

    public int Period { get; set; }

    public LogFile? Log { get; set; }

    public OffsetIndex? Index { get; set; }

    public TimeIndex? Times { get; set; }

    /// <summary>Whether <see cref="Index"/> and <see cref="Times"/> were opened for writing.</summary>
    public bool IndexesWritable { get; set; }

    public void CloseAll()
    {
        Log?.Release();
        Log = null;
        CloseIndexes();
    }

    public void CloseIndexes()
    {
        OffsetIndex? index = Index;
        TimeIndex? times = Times;
        Index = null;
        Times = null;
        index?.Dispose();
        times?.Dispose();
    }
}
