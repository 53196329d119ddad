using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace Sluice.Protocol.Batches;

/// <summary>CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), the checksum of record batches and producer snapshots.</summary>
/// <remarks>
/// The CPU's crc32 instruction has a latency of three cycles and a throughput of one, so three independent streams are computed
/// at once and joined with the "append N zero bytes" operator of the CRC.
/// </remarks>
public static class Crc32C
{
    private const int LongBlock = 4096;
    private const int ShortBlock = 256;
    private const uint Polynomial = 0x82F63B78;

    private static readonly uint[] LongZeros = ZerosTable(LongBlock);
    private static readonly uint[] ShortZeros = ZerosTable(ShortBlock);
    private static readonly uint[] SoftwareTable = BuildSoftwareTable();

    /// <summary>The checksum of <paramref name="data"/>; that of no bytes is 0.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>Continues a checksum: <c>Append(Compute(a), b)</c> equals the checksum of a followed by b.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data) =>
        Sse42.X64.IsSupported || ArmCrc32.Arm64.IsSupported ? Hardware(crc, data) : Software(crc, data);

    internal static uint Hardware(uint crc, ReadOnlySpan<byte> data)
    {
        uint state = ~crc;
        ref byte at = ref MemoryMarshal.GetReference(data);
        nuint left = (nuint)data.Length;
        while (left >= 3 * LongBlock)
        {
            state = ThreeWay(state, ref at, LongBlock, LongZeros);
            at = ref Unsafe.Add(ref at, 3 * LongBlock);
            left -= 3 * LongBlock;
        }
        while (left >= 3 * ShortBlock)
        {
            state = ThreeWay(state, ref at, ShortBlock, ShortZeros);
            at = ref Unsafe.Add(ref at, 3 * ShortBlock);
            left -= 3 * ShortBlock;
        }
        for (; left >= 8; left -= 8, at = ref Unsafe.Add(ref at, 8))
            state = BitOperations.Crc32C(state, LittleEndian(ref at));
        for (; left > 0; left--, at = ref Unsafe.Add(ref at, 1))
            state = BitOperations.Crc32C(state, at);
        return ~state;
    }

    internal static uint Software(uint crc, ReadOnlySpan<byte> data)
    {
        uint state = ~crc;
        uint[] table = SoftwareTable;
        while (data.Length >= 8)
        {
            uint low = state ^ BinaryPrimitives.ReadUInt32LittleEndian(data);
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            state = table[7 * 256 + (int)(low & 0xFF)] ^ table[6 * 256 + (int)((low >> 8) & 0xFF)]
                ^ table[5 * 256 + (int)((low >> 16) & 0xFF)] ^ table[4 * 256 + (int)(low >> 24)]
                ^ table[3 * 256 + (int)(high & 0xFF)] ^ table[2 * 256 + (int)((high >> 8) & 0xFF)]
                ^ table[256 + (int)((high >> 16) & 0xFF)] ^ table[(int)(high >> 24)];
            data = data[8..];
        }
        foreach (byte value in data)
            state = table[(byte)(state ^ value)] ^ (state >> 8);
        return ~state;
    }

    private static uint ThreeWay(uint state, ref byte at, nuint block, uint[] zeros)
    {
        uint first = state, second = 0, third = 0;
        for (nuint i = 0; i < block; i += 8)
        {
            first = BitOperations.Crc32C(first, LittleEndian(ref Unsafe.Add(ref at, i)));
            second = BitOperations.Crc32C(second, LittleEndian(ref Unsafe.Add(ref at, block + i)));
            third = BitOperations.Crc32C(third, LittleEndian(ref Unsafe.Add(ref at, 2 * block + i)));
        }
        return Shift(zeros, Shift(zeros, first) ^ second) ^ third;
    }

    private static ulong LittleEndian(ref byte at)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref at);
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    private static uint Shift(uint[] zeros, uint crc) =>
        zeros[crc & 0xFF] ^ zeros[256 + ((crc >> 8) & 0xFF)] ^ zeros[512 + ((crc >> 16) & 0xFF)] ^ zeros[768 + (crc >> 24)];

    /// <summary>Four tables that apply "append <paramref name="length"/> zero bytes" (a power of two) to a CRC state, a byte at a time.</summary>
    private static uint[] ZerosTable(int length)
    {
        // The operator for one zero bit; squaring doubles the number of bits, three squarings make a byte.
        uint[] operation = new uint[32];
        operation[0] = Polynomial;
        for (int i = 1; i < 32; i++)
            operation[i] = 1u << (i - 1);
        for (int bits = 1; bits < length * 8; bits *= 2)
            operation = Square(operation);
        uint[] table = new uint[4 * 256];
        for (int i = 0; i < 4 * 256; i++)
            table[i] = Times(operation, (uint)(i & 0xFF) << (8 * (i >> 8)));
        return table;
    }

    private static uint[] Square(uint[] matrix) => Array.ConvertAll(matrix, row => Times(matrix, row));

    private static uint Times(uint[] matrix, uint vector)
    {
        uint sum = 0;
        for (int i = 0; vector != 0; vector >>= 1, i++)
        {
            if ((vector & 1) != 0)
                sum ^= matrix[i];
        }
        return sum;
    }

    private static uint[] BuildSoftwareTable()
    {
        uint[] table = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
            table[i] = crc;
        }
        for (int slice = 1; slice < 8; slice++)
        {
            for (int i = 0; i < 256; i++)
            {
                uint previous = table[(slice - 1) * 256 + i];
                table[slice * 256 + i] = (previous >> 8) ^ table[previous & 0xFF];
            }
        }
        return table;
    }
}
