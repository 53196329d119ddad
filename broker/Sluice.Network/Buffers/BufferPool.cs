using System.Numerics;

namespace Sluice.Network.Buffers;

/// <summary>
/// The receive buffers of one loop: pinned arrays in powers of two, used by the loop's thread only. What lay unused for a whole
/// period is given back to the garbage collector, so that a burst does not stay resident.
/// </summary>
internal sealed class BufferPool
{
    private const int SmallestBits = 8;
    private const int LargestBits = 27;
    private const int RetainedBytesAClass = 4 * 1024 * 1024;
    private const int RetainedBufferBytesMax = 16 * 1024 * 1024;

    private readonly SizeClass[] _classes = new SizeClass[LargestBits - SmallestBits + 1];

    internal BufferPool()
    {
        for (int i = 0; i < _classes.Length; i++)
        {
            long size = 1L << (i + SmallestBits);
            int retained = size > RetainedBufferBytesMax ? 0 : (int)Math.Max(1, RetainedBytesAClass / size);
            _classes[i] = new SizeClass(retained);
        }
    }

    /// <summary>Bytes that are rented now.</summary>
    internal long RentedBytes { get; private set; }

    /// <summary>Bytes that wait in the pool.</summary>
    internal long RetainedBytes { get; private set; }

    /// <summary>A pinned array of at least <paramref name="bytes"/> bytes, not cleared.</summary>
    internal byte[] Rent(int bytes)
    {
        int index = ClassOf(bytes);
        byte[] buffer;
        if (index >= _classes.Length)
        {
            buffer = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
        }
        else if (_classes[index].TryPop(out byte[]? pooled))
        {
            buffer = pooled;
            RetainedBytes -= buffer.Length;
        }
        else
        {
            buffer = GC.AllocateUninitializedArray<byte>(1 << (index + SmallestBits), pinned: true);
        }
        RentedBytes += buffer.Length;
        return buffer;
    }

    internal void Return(byte[] buffer)
    {
        RentedBytes -= buffer.Length;
        int index = ClassOf(buffer.Length);
        if (index < _classes.Length && _classes[index].TryPush(buffer)) RetainedBytes += buffer.Length;
    }

    /// <summary>Drops the buffers that nobody took since the last trim.</summary>
    internal void Trim()
    {
        foreach (SizeClass sizeClass in _classes) RetainedBytes -= sizeClass.Trim();
    }

    private static int ClassOf(int bytes) =>
        bytes <= 1 << SmallestBits ? 0 : BitOperations.Log2((uint)bytes - 1) + 1 - SmallestBits;

    private sealed class SizeClass(int retainedMax)
    {
        private byte[][] _free = [];
        private int _count;
        private int _countMin;

        internal bool TryPop([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? buffer)
        {
            if (_count == 0)
            {
                buffer = null;
                return false;
            }
            buffer = _free[--_count];
            _free[_count] = null!;
            if (_count < _countMin) _countMin = _count;
            return true;
        }

        internal bool TryPush(byte[] buffer)
        {
            if (_count >= retainedMax) return false;
            if (_count == _free.Length) Array.Resize(ref _free, Math.Clamp(_count * 2, 4, retainedMax < 4 ? 4 : retainedMax));
            _free[_count++] = buffer;
            return true;
        }

        internal long Trim()
        {
            long dropped = 0;
            for (int i = 0; i < _countMin; i++)
            {
                _count--;
                dropped += _free[_count].Length;
                _free[_count] = null!;
            }
            _countMin = _count;
            return dropped;
        }
    }
}
