using System.Buffers;
using System.Collections;

namespace Sluice.Client.Consuming;

/// <summary>Records of one partition, in their order, that one poll returned.</summary>
/// <remarks>
/// Keys and values are views of the memory that the network wrote. Disposing hands that memory back for the next fetch: nothing of the
/// records may be used after it. Without it the garbage collector takes care, and records may be kept as long as wanted.
/// </remarks>
public sealed class ConsumedRecords : IReadOnlyList<ConsumedRecord>, IDisposable
{
    private readonly List<FrameBuffer> _buffers = [];
    private ConsumedRecord[] _records;

    internal ConsumedRecords(TopicPartition partition, int capacity)
    {
        Partition = partition;
        _records = capacity == 0 ? [] : ArrayPool<ConsumedRecord>.Shared.Rent(capacity);
    }

    /// <summary>What a poll returns when its time was up.</summary>
    internal static ConsumedRecords None { get; } = new(new TopicPartition("", -1), 0);

    /// <summary>The partition that all of them come from.</summary>
    public TopicPartition Partition { get; }

    /// <summary>How many there are; 0 when nothing came in time.</summary>
    public int Count { get; private set; }

    /// <summary>The records.</summary>
    public ReadOnlySpan<ConsumedRecord> Span => _records.AsSpan(0, Count);

    /// <inheritdoc/>
    public ConsumedRecord this[int index] => Span[index];

    /// <inheritdoc/>
    public IEnumerator<ConsumedRecord> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return _records[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_records.Length == 0) return;
        ConsumedRecord[] records = _records;
        _records = [];
        Count = 0;
        // Cleared, so that a pooled array keeps no buffer alive.
        ArrayPool<ConsumedRecord>.Shared.Return(records, clearArray: true);
        foreach (FrameBuffer buffer in _buffers) buffer.Release();
        _buffers.Clear();
    }

    internal void Add(in ConsumedRecord record) => _records[Count++] = record;

    /// <summary>Keeps a buffer that records point into.</summary>
    internal void Keep(FrameBuffer buffer)
    {
        if (_buffers.Contains(buffer)) return;
        buffer.Retain();
        _buffers.Add(buffer);
    }
}
