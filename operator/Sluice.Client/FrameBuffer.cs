using System.Buffers;

namespace Sluice.Client;

/// <summary>Bytes from a pool that several readers share; the last to let go gives them back.</summary>
/// <remarks>A buffer that someone forgets to release is collected like any array: it costs an allocation, never a wrong byte.</remarks>
internal sealed class FrameBuffer
{
    private readonly byte[] _array;
    private int _references = 1;

    private FrameBuffer(byte[] array, int length)
    {
        _array = array;
        Length = length;
    }

    public int Length { get; set; }

    public byte[] Array => _array;

    public Memory<byte> Memory => _array.AsMemory(0, Length);

    public static FrameBuffer Rent(int length) => new(ArrayPool<byte>.Shared.Rent(length), length);

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        int left = Interlocked.Decrement(ref _references);
        if (left == 0) ArrayPool<byte>.Shared.Return(_array);
        else if (left < 0) throw new InvalidOperationException("a buffer was released more often than retained");
    }
}
