using Sluice.Storage.Disk;

namespace Sluice.Storage.Files;

/// <summary>Entries of one size in a mapped file that grows in steps and is cut to its used size when closed.</summary>
/// <remarks>
/// Writing to a hole of a mapped file kills the process when the disk is full. Space is therefore reserved, in steps, before it
/// is written to; Kafka's "preallocated" index is a hole of 10 MiB instead. The map needs no descriptor: for
/// writing, one is opened when the space changes, which is rare, so that the active indexes of very many partitions take none.
/// </remarks>
internal sealed class MappedIndex : IDisposable
{
    private const int FirstStep = 4096;
    private const int StepMax = 256 * 1024;

    private readonly IDisk _disk;
    private readonly string _path;
    private readonly IDiskFile? _file;
    private readonly IDiskMap? _map;
    private readonly int _entrySize;
    private readonly bool _writable;
    private int _reserved;

    private MappedIndex(IDisk disk, IDiskFile? file, string path, IDiskMap? map, int entrySize, int count, int countMax, bool writable)
    {
        _disk = disk;
        _file = file;
        _path = path;
        _map = map;
        _entrySize = entrySize;
        Count = count;
        CountMax = countMax;
        _writable = writable;
        _reserved = count * entrySize;
    }

    public int Count { get; private set; }

    public int CountMax { get; }

    /// <summary>Opens an index whose file has its used size. For writing there is room up to <paramref name="bytesMax"/>, or what it already has.</summary>
    /// <exception cref="DiskException">Also with <see cref="DiskErrorKind.Corrupt"/> when the length is no multiple of the entry size.</exception>
    public static MappedIndex Open(IDisk disk, string path, int entrySize, int bytesMax, bool writable)
    {
        IDiskFile file = disk.Open(path, writable ? DiskAccess.Create : DiskAccess.Read);
        bool keepsFile = false;
        try
        {
            long length = file.Length;
            if (length % entrySize != 0 || length > int.MaxValue)
                throw new DiskException(DiskErrorKind.Corrupt, path, $"an index of entries of {entrySize} bytes cannot have {length} bytes");
            int count = (int)(length / entrySize);
            int countMax = Math.Max(count, bytesMax / entrySize);
            int capacity = writable ? countMax * entrySize : (int)length;
            IDiskMap? map = capacity > 0 ? file.Map(capacity) : null;
            keepsFile = !writable;
            return new MappedIndex(disk, keepsFile ? file : null, path, map, entrySize, count, countMax, writable);
        }
        finally
        {
            if (!keepsFile)
                file.Dispose();
        }
    }

    /// <summary>Whether every entry can be looked at without waiting for the device; one that is being written is in the cache.</summary>
    public bool IsCached => _file is null || _file.IsCached(0, (long)Count * _entrySize);

    public ReadOnlySpan<byte> this[int entry] => _map!.Bytes.Slice(entry * _entrySize, _entrySize);

    /// <summary>Room for one more entry, which counts from here on.</summary>
    public Span<byte> Add()
    {
        int at = Count * _entrySize;
        if (at + _entrySize > _reserved)
        {
            int step = Math.Clamp(_reserved, FirstStep, StepMax);
            int wanted = Math.Min(CountMax * _entrySize, Math.Max(_reserved + step, at + _entrySize));
            using (IDiskFile file = _disk.Open(_path, DiskAccess.ReadWrite))
                file.Reserve(wanted);
            _reserved = wanted;
        }
        Count++;
        return _map!.Bytes.Slice(at, _entrySize);
    }

    public void TruncateTo(int count)
    {
        if (count < Count)
            Count = count;
    }

    /// <summary>Unmaps; gives back the space that was reserved ahead.</summary>
    public void Dispose()
    {
        _map?.Dispose();
        _file?.Dispose();
        try
        {
            if (!_writable || _reserved == Count * _entrySize)
                return;
            using IDiskFile file = _disk.Open(_path, DiskAccess.ReadWrite);
            file.SetLength((long)Count * _entrySize);
        }
        catch (DiskException)
        {
            // Zeros are left at the end. Look-ups check where an entry leads, so they stay right; and whoever closes this file may
            // be busy with another log. The log's own writes tell of a failing disk.
        }
    }
}
