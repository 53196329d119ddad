namespace Sluice.Storage.Disk;

/// <summary>A map of <see cref="PosixFile"/>.</summary>
internal sealed unsafe class PosixMap : IDiskMap
{
    private readonly int _length;
    private byte* _address;

    private PosixMap(byte* address, int length)
    {
        _address = address;
        _length = length;
    }

    ~PosixMap() => Unmap();

    public Span<byte> Bytes =>
        _address != null ? new Span<byte>(_address, _length) : throw new ObjectDisposedException(nameof(PosixMap));

    public static PosixMap Create(string path, int descriptor, int length, bool writable)
    {
        int protection = writable ? Libc.ProtectRead | Libc.ProtectWrite : Libc.ProtectRead;
        byte* address = Libc.Map(null, (nuint)length, protection, Libc.MapShared, descriptor, 0);
        return (nint)address != -1 ? new PosixMap(address, length) : throw Libc.LastError(path, $"mmap of {length} bytes");
    }

    public void Dispose()
    {
        Unmap();
        GC.SuppressFinalize(this);
    }

    private void Unmap()
    {
        if (_address == null)
            return;
        _ = Libc.Unmap(_address, (nuint)_length);
        _address = null;
    }
}
