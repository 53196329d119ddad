namespace Sluice.Storage.Cleaning;

/// <summary>What one cleaning may take of memory.</summary>
/// <param name="DedupeBytes">Memory for keys: the part of <c>log.cleaner.dedupe.buffer.size</c> that one cleaner has. It is taken only as far as the log's dirty part can fill it.</param>
/// <param name="IoBufferBytes">Memory for reading, and as much for writing; one batch that is larger gets what it needs.</param>
/// <param name="LoadFactor">How full the table of keys may become (<c>log.cleaner.io.buffer.load.factor</c>).</param>
public sealed record CleaningLimits(long DedupeBytes, int IoBufferBytes, double LoadFactor)
{
    private const int IoBufferBytesMin = 4096;

    /// <summary>The buffer's size with the least that makes sense.</summary>
    internal int BufferSize => Math.Max(IoBufferBytesMin, IoBufferBytes);

    /// <summary>Bytes of a table for as many keys as a range of offsets can bring, within the limit.</summary>
    internal long TableBytes(long offsets)
    {
        // Half full a table answers in two looks on average, so where the limit leaves room it is made larger than need be.
        long wanted = offsets > long.MaxValue / (4 * OffsetMap.EntrySize) ? long.MaxValue : Math.Max(64, 2 * offsets) * OffsetMap.EntrySize;
        return Math.Min(DedupeBytes, wanted);
    }
}
