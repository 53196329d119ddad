namespace Sluice.Storage.Segments;

/// <summary>A batch in a segment's file.</summary>
internal readonly record struct BatchLocation(int Position, int Size, long BaseOffset, long LastOffset, long MaxTimestamp);
