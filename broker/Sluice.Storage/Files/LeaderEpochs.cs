using System.Globalization;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Files;

/// <summary>Where the batches of a leader epoch end.</summary>
/// <param name="Epoch">The epoch answered for, -1 for none.</param>
/// <param name="EndOffset">The offset after its last batch, -1 for none.</param>
public readonly record struct EpochEnd(int Epoch, long EndOffset)
{
    /// <summary>The answer when nothing is known of the epoch.</summary>
    public static readonly EpochEnd Unknown = new(-1, -1);
}

/// <summary>The leader epochs of a log and where each starts (KIP-101), kept in <c>leader-epoch-checkpoint</c>.</summary>
internal sealed class LeaderEpochs
{
    private readonly IDisk _disk;
    private readonly string _directory;
    private (int Epoch, long Start)[] _entries;
    private bool _isUnsaved;

    private LeaderEpochs(IDisk disk, string directory, (int, long)[] entries)
    {
        _disk = disk;
        _directory = directory;
        _entries = entries;
    }

    public int Latest => _entries.Length == 0 ? -1 : _entries[^1].Epoch;

    public ReadOnlySpan<(int Epoch, long Start)> Entries => _entries;

    /// <summary>Reads the checkpoint. One that a crash tore counts as empty: recovery fills it from the batches.</summary>
    public static LeaderEpochs Load(IDisk disk, string directory, out bool damaged)
    {
        string path = PathIn(directory);
        var entries = new List<(int Epoch, long Start)>();
        damaged = false;
        try
        {
            foreach (string[] line in CheckpointFile.Read(disk, path, fields: 2))
            {
                var entry = (CheckpointFile.Int32(path, line[0]), CheckpointFile.Number(path, line[1]));
                if (entries.Count > 0 && (entry.Item1 <= entries[^1].Epoch || entry.Item2 < entries[^1].Start))
                    throw new DiskException(DiskErrorKind.Corrupt, path, "the epochs do not grow");
                entries.Add(entry);
            }
        }
        catch (DiskException e) when (e.Kind == DiskErrorKind.Corrupt)
        {
            damaged = true;
            entries.Clear();
        }
        return new LeaderEpochs(disk, directory, [.. entries]);
    }

    /// <summary>Notes that <paramref name="epoch"/> starts at <paramref name="startOffset"/>; later or equal entries that contradict it go.</summary>
    public void Assign(int epoch, long startOffset)
    {
        if (epoch < 0 || (_entries.Length > 0 && _entries[^1].Epoch == epoch))
            return;
        int keep = _entries.Length;
        while (keep > 0 && (_entries[keep - 1].Epoch >= epoch || _entries[keep - 1].Start >= startOffset))
            keep--;
        Write([.. _entries.AsSpan(0, keep), (epoch, startOffset)]);
    }

    /// <summary>Where the batches of <paramref name="epoch"/>, or of the greatest epoch below it, end (OffsetForLeaderEpoch).</summary>
    public EpochEnd EndOffset(int epoch, long logEndOffset)
    {
        if (epoch == -1)
            return EpochEnd.Unknown;
        if (epoch == Latest)
            return new EpochEnd(epoch, logEndOffset);
        int above = Array.FindIndex(_entries, entry => entry.Epoch > epoch);
        if (above < 0)
            return EpochEnd.Unknown;
        return above == 0
            ? new EpochEnd(epoch, _entries[0].Start)
            : new EpochEnd(_entries[above - 1].Epoch, _entries[above].Start);
    }

    /// <summary>The epoch that the batch at <paramref name="offset"/> was written in, or -1.</summary>
    public int EpochAt(long offset)
    {
        int at = Array.FindLastIndex(_entries, entry => entry.Start <= offset);
        return at < 0 ? -1 : _entries[at].Epoch;
    }

    /// <summary>Drops the epochs that start at <paramref name="endOffset"/> or later.</summary>
    public void TruncateFromEnd(long endOffset)
    {
        int keep = _entries.Length;
        while (keep > 0 && _entries[keep - 1].Start >= endOffset)
            keep--;
        if (keep < _entries.Length)
            Write(_entries[..keep]);
    }

    /// <summary>Drops the epochs that end before <paramref name="startOffset"/>; the one that spans it then starts there.</summary>
    public void TruncateFromStart(long startOffset)
    {
        int at = Array.FindLastIndex(_entries, entry => entry.Start <= startOffset);
        if (at < 0 || (at == 0 && _entries[0].Start == startOffset))
            return;
        (int, long)[] kept = _entries[at..];
        kept[0].Item2 = startOffset;
        Write(kept);
    }

    public void Clear()
    {
        if (_entries.Length > 0)
            Write([]);
    }

    /// <summary>Whether the file was written since it was last flushed.</summary>
    public bool IsDirty { get; set; }

    public string Path => PathIn(_directory);

    /// <summary>Whether changes stay in memory until <see cref="Save"/>.</summary>
    public bool DefersWrites { get; set; }

    /// <summary>Writes changes that were deferred.</summary>
    public void Save()
    {
        if (_isUnsaved)
            Write(_entries);
    }

    private static string PathIn(string directory) => $"{directory}/{LogFileNames.LeaderEpochs}";

    private void Write((int Epoch, long Start)[] entries)
    {
        if (DefersWrites)
        {
            _entries = entries;
            _isUnsaved = true;
            return;
        }
        string[] lines = Array.ConvertAll(entries, entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Epoch} {entry.Start}"));
        CheckpointFile.Write(_disk, PathIn(_directory), lines, durable: false);
        _entries = entries;
        IsDirty = true;
        _isUnsaved = false;
    }
}
