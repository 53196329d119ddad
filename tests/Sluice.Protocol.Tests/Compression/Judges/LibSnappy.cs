using System.Runtime.InteropServices;

namespace Sluice.Protocol.Tests.Compression.Judges;

/// <summary>The blocks of the system's libsnappy: what others write and read.</summary>
internal static unsafe partial class LibSnappy
{
    private const string Library = "libsnappy.so.1";

    public static void SkipWhereAbsent() => Skip.IfNot(NativeLibrary.TryLoad(Library, out _), $"{Library} is not on this system");

    public static byte[] Compress(byte[] input)
    {
        nuint size = MaxCompressedLength((nuint)input.Length);
        byte[] output = new byte[(int)size];
        fixed (byte* source = input, target = output)
        {
            if (CompressBlock(source, (nuint)input.Length, target, &size) != 0) throw new InvalidOperationException("snappy_compress failed");
        }
        return output[..(int)size];
    }

    /// <summary>What a block holds; null when the library refuses it, or it says that it holds more than <paramref name="most"/>.</summary>
    public static byte[]? TryDecompress(byte[] input, int most)
    {
        nuint size;
        fixed (byte* source = input)
        {
            if (UncompressedLength(source, (nuint)input.Length, &size) != 0 || size > (nuint)most) return null;
            // The library wants an address even where there is nothing to write.
            byte[] output = new byte[(int)size + 1];
            fixed (byte* target = output)
                return UncompressBlock(source, (nuint)input.Length, target, &size) == 0 ? output[..(int)size] : null;
        }
    }

    [LibraryImport(Library, EntryPoint = "snappy_compress")]
    private static partial int CompressBlock(byte* input, nuint inputLength, byte* output, nuint* outputLength);

    [LibraryImport(Library, EntryPoint = "snappy_uncompress")]
    private static partial int UncompressBlock(byte* input, nuint inputLength, byte* output, nuint* outputLength);

    [LibraryImport(Library, EntryPoint = "snappy_max_compressed_length")]
    private static partial nuint MaxCompressedLength(nuint length);

    [LibraryImport(Library, EntryPoint = "snappy_uncompressed_length")]
    private static partial int UncompressedLength(byte* input, nuint inputLength, nuint* length);
}
