namespace Simulation.Disks;

/// <summary>
/// A file's content, twice: as the process sees it (the page cache) and as the platter has it. A loss of power keeps the platter and,
/// of what was written since, whichever sectors chance picks.
/// </summary>
internal sealed class SimFileNode : SimNode
{
    /// <summary>What the disk writes at once: a write can be torn between sectors, never inside one.</summary>
    public const int SectorSize = 512;

    private byte[] _durable = [];
    private long _durableLength;
    private readonly SortedSet<int> _dirty = [];
    private bool _lengthIsDirty;

    /// <summary>The bytes that the process sees; longer than <see cref="Length"/>, with zeros behind it.</summary>
    public byte[] Content { get; private set; } = [];

    /// <summary>The length that the process sees.</summary>
    public long Length { get; private set; }

    /// <summary>How many maps of the file are open: what is written through them is seen only by comparing.</summary>
    public int Maps { get; set; }

    /// <summary>Bytes that take room on the disk.</summary>
    public long Allocated { get; private set; }

    /// <summary>When the process last wrote.</summary>
    public long ModifiedMs { get; set; }

    /// <summary>What a loss of power leaves for certain.</summary>
    public ReadOnlySpan<byte> Surviving => _durable.AsSpan(0, (int)Math.Min(_durable.Length, _durableLength));

    /// <summary>Changes whenever <see cref="Surviving"/> may have changed.</summary>
    public int SurvivingVersion { get; private set; }

    /// <summary>Writes into the page cache.</summary>
    public void Write(long position, ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty) return;
        long end = position + source.Length;
        Grow(end);
        source.CopyTo(Content.AsSpan((int)position));
        for (long sector = position / SectorSize; sector <= (end - 1) / SectorSize; sector++) _dirty.Add((int)sector);
        if (end > Length) SetLength(end);
        Allocated = Math.Max(Allocated, end);
    }

    /// <summary>Cuts or extends the file.</summary>
    public void SetLength(long length)
    {
        if (length == Length) return;
        Grow(length);
        if (length < Length)
        {
            Content.AsSpan((int)length, (int)(Length - length)).Clear();
            Allocated = Math.Min(Allocated, length);
            for (long sector = length / SectorSize; sector <= (Length - 1) / SectorSize; sector++) _dirty.Add((int)sector);
        }
        Length = length;
        _lengthIsDirty = true;
    }

    /// <summary>Makes room that later writes cannot lack.</summary>
    public void Reserve(long length)
    {
        if (length > Length) SetLength(length);
        Allocated = Math.Max(Allocated, length);
    }

    /// <summary>Makes room in memory for a map, which may reach beyond the end of the file.</summary>
    public void Grow(long capacity)
    {
        if (capacity <= Content.Length) return;
        byte[] larger = new byte[Math.Max(capacity, Content.Length * 2L)];
        Content.CopyTo(larger, 0);
        Content = larger;
    }

    /// <summary>A map is closed: what was written through it stays in the page cache.</summary>
    public void Unmapped()
    {
        FindMappedChanges();
        Maps--;
    }

    /// <summary>fsync: the platter gets what is dirty.</summary>
    public void Flush()
    {
        FindMappedChanges();
        SurvivingVersion++;
        foreach (int sector in _dirty) Persist(sector);
        _dirty.Clear();
        _durableLength = Length;
        _lengthIsDirty = false;
        ClearDurableTail();
    }

    /// <summary>
    /// fsync failed: the pages count as clean although they are not on the platter, as Linux has it; a later fsync that succeeds does
    /// not write them. Some sectors may have arrived.
    /// </summary>
    public void FailFlush(Random random)
    {
        FindMappedChanges();
        SurvivingVersion++;
        foreach (int sector in _dirty)
        {
            if (random.Next(2) == 0) Persist(sector);
        }
        _dirty.Clear();
        _lengthIsDirty = false;
    }

    /// <summary>Power was lost.</summary>
    /// <param name="random">Decides which of the sectors that were not flushed have arrived.</param>
    /// <param name="keep">The chance of each to have arrived, from 0 (none has) to 1 (all have).</param>
    public void FallBack(Random random, double keep)
    {
        FindMappedChanges();
        SurvivingVersion++;
        if (_lengthIsDirty && random.NextDouble() < keep) _durableLength = Length;
        foreach (int sector in _dirty)
        {
            if (random.NextDouble() < keep) Persist(sector);
        }
        _dirty.Clear();
        _lengthIsDirty = false;
        ClearDurableTail();
        Content = new byte[Math.Max(_durable.Length, _durableLength)];
        _durable.CopyTo(Content, 0);
        Length = _durableLength;
        Allocated = Length;
        Maps = 0;
    }

    /// <summary>Turns one bit of what lies on the platter and of what the process sees.</summary>
    public void FlipBit(long position, int bit)
    {
        SurvivingVersion++;
        Content[position] ^= (byte)(1 << bit);
        if (position < _durableLength && position < _durable.Length) _durable[position] ^= (byte)(1 << bit);
    }

    private void Persist(int sector)
    {
        long from = (long)sector * SectorSize;
        long to = Math.Min(from + SectorSize, Content.Length);
        if (to <= from) return;
        if (_durable.Length < to)
        {
            byte[] larger = new byte[Math.Max(to, _durable.Length * 2L)];
            _durable.CopyTo(larger, 0);
            _durable = larger;
        }
        Content.AsSpan((int)from, (int)(to - from)).CopyTo(_durable.AsSpan((int)from));
    }

    private void ClearDurableTail()
    {
        if (_durable.Length > _durableLength) _durable.AsSpan((int)_durableLength).Clear();
    }

    private void FindMappedChanges()
    {
        if (Maps == 0) return;
        for (long from = 0; from < Length; from += SectorSize)
        {
            int size = (int)Math.Min(SectorSize, Length - from);
            ReadOnlySpan<byte> now = Content.AsSpan((int)from, size);
            bool same = from + size <= _durable.Length
                ? now.SequenceEqual(_durable.AsSpan((int)from, size))
                : !now.ContainsAnyExcept((byte)0) && from >= _durable.Length;
            if (!same) _dirty.Add((int)(from / SectorSize));
        }
    }
}
