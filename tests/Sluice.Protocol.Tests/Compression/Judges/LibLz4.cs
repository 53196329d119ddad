using System.Runtime.InteropServices;

namespace Sluice.Protocol.Tests.Compression.Judges;

/// <summary>The frames of the system's liblz4: what others write and read.</summary>
internal static unsafe partial class LibLz4
{
    private const string Library = "liblz4.so.1";
    private const uint FrameVersion = 100;

    public static void SkipWhereAbsent() => Skip.IfNot(NativeLibrary.TryLoad(Library, out _), $"{Library} is not on this system");

    public static byte[] Compress(byte[] input, in Lz4Preferences preferences)
    {
        Lz4Preferences given = preferences;
        byte[] output = new byte[(int)CompressFrameBound((nuint)input.Length, &given)];
        fixed (byte* source = input, target = output)
            return output[..(int)Checked(CompressFrame(target, (nuint)output.Length, source, (nuint)input.Length, &given))];
    }

    /// <summary>What all the frames hold; null when the library refuses them or the last does not end.</summary>
    public static byte[]? TryDecompress(byte[] input)
    {
        nint context;
        Checked(CreateContext(&context, FrameVersion));
        try
        {
            return Decompress(context, input);
        }
        finally
        {
            FreeContext(context);
        }
    }

    private static byte[]? Decompress(nint context, byte[] input)
    {
        using var output = new MemoryStream();
        byte[] piece = new byte[256 * 1024];
        nuint at = 0, hint = 1;
        bool full = false;
        fixed (byte* source = input, target = piece)
        {
            while (at < (nuint)input.Length || (full && hint != 0))
            {
                nuint read = (nuint)input.Length - at, written = (nuint)piece.Length;
                hint = DecompressFrame(context, target, &written, source + at, &read, null);
                if (IsError(hint) != 0) return null;
                at += read;
                output.Write(piece, 0, (int)written);
                full = written == (nuint)piece.Length;
                if (read == 0 && written == 0) break;
            }
        }
        return hint == 0 ? output.ToArray() : null;
    }

    private static nuint Checked(nuint code) => IsError(code) == 0 ? code : throw new InvalidOperationException($"liblz4: {Marshal.PtrToStringUTF8((nint)GetErrorName(code))}");

    [LibraryImport(Library, EntryPoint = "LZ4F_compressFrameBound")]
    private static partial nuint CompressFrameBound(nuint length, Lz4Preferences* preferences);

    [LibraryImport(Library, EntryPoint = "LZ4F_compressFrame")]
    private static partial nuint CompressFrame(byte* target, nuint capacity, byte* source, nuint length, Lz4Preferences* preferences);

    [LibraryImport(Library, EntryPoint = "LZ4F_createDecompressionContext")]
    private static partial nuint CreateContext(nint* context, uint version);

    [LibraryImport(Library, EntryPoint = "LZ4F_freeDecompressionContext")]
    private static partial nuint FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "LZ4F_decompress")]
    private static partial nuint DecompressFrame(nint context, byte* target, nuint* targetSize, byte* source, nuint* sourceSize, void* options);

    [LibraryImport(Library, EntryPoint = "LZ4F_isError")]
    private static partial uint IsError(nuint code);

    [LibraryImport(Library, EntryPoint = "LZ4F_getErrorName")]
    private static partial byte* GetErrorName(nuint code);
}

/// <summary>LZ4F_preferences_t with its LZ4F_frameInfo_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Lz4Preferences
{
    /// <summary>4 to 7: 64 KiB, 256 KiB, 1 MiB, 4 MiB.</summary>
    public int BlockSizeId;

    /// <summary>1 for blocks that stand alone.</summary>
    public int BlockMode;

    public int ContentChecksum;
    public int FrameType;
    public ulong ContentSize;
    public uint DictionaryId;
    public int BlockChecksum;
    public int CompressionLevel;
    public uint AutoFlush;
    public uint FavorDecompressionSpeed;
    public uint Reserved0;
    public uint Reserved1;
    public uint Reserved2;
}
