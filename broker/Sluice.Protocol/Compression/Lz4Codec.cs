using System.Buffers;
using System.Runtime.InteropServices;

namespace Sluice.Protocol.Compression;

/// <summary>LZ4 frames through liblz4's frame interface.</summary>
internal static unsafe partial class Lz4Codec
{
    public const string Library = "liblz4.so.1";

    /// <summary>Kafka's default; as in its Java client it stands for the fast compressor, and any other level for the strong one.</summary>
    public const int DefaultLevel = 9;

    private const uint FrameVersion = 100;
    private const int FastLevel = 0;
    private const int StrongLevelMin = 3;

    private static bool _loaded;

    [ThreadStatic]
    private static DecompressionContext? _context;

    public static void Compress(ReadOnlySpan<byte> input, IBufferWriter<byte> output, int level)
    {
        if (level is < 1 or > 17)
            throw new ArgumentOutOfRangeException(nameof(level), level, "Levels of lz4 are 1 to 17.");
        Require();
        var preferences = new Preferences
        {
            BlockSizeId = 4, // 64 KiB
            BlockMode = 1, // Independent blocks: Kafka's Java reader knows no others.
            CompressionLevel = level == DefaultLevel ? FastLevel : Math.Max(StrongLevelMin, level),
        };
        nuint bound = CompressFrameBound((nuint)input.Length, &preferences);
        Span<byte> to = output.GetSpan(checked((int)bound));
        fixed (byte* source = input, target = to)
        {
            nuint size = CompressFrame(target, (nuint)to.Length, source, (nuint)input.Length, &preferences);
            if (IsError(size) != 0)
                throw new InvalidOperationException($"LZ4F_compressFrame failed: {ErrorName(size)}.");
            output.Advance((int)size);
        }
    }

    public static void Decompress(ReadOnlySpan<byte> input, ref BoundedOutput output)
    {
        Require();
        DecompressionContext context = _context ??= DecompressionContext.Create();
        ResetContext(context.Pointer);
        fixed (byte* source = input)
        {
            nuint at = 0, hint = 1;
            bool full = false;
            // Frames may follow each other; a hint of 0 says that a frame ended. "full" means that more output may wait inside.
            while (at < (nuint)input.Length || full)
            {
                Span<byte> to = output.Next();
                nuint read = (nuint)input.Length - at, written = (nuint)to.Length;
                fixed (byte* target = to)
                    hint = DecompressFrame(context.Pointer, target, &written, source + at, &read, null);
                if (IsError(hint) != 0)
                    throw new CompressionException($"The lz4 data is damaged: {ErrorName(hint)}.");
                full = written == (nuint)to.Length;
                if (read == 0 && written == 0 && !full)
                    break;
                at += read;
                output.Advance((int)written);
                if (hint == 0)
                    full = false;
            }
            if (hint != 0)
                throw new CompressionException("The lz4 data is cut: its last frame does not end.");
        }
    }

    private static void Require() => _loaded = _loaded || NativeCodec.Require("lz4", Library, "liblz4-1");

    private static string ErrorName(nuint code) => Marshal.PtrToStringUTF8((nint)GetErrorName(code)) ?? "unknown error";

    [LibraryImport(Library, EntryPoint = "LZ4F_compressFrameBound")]
    private static partial nuint CompressFrameBound(nuint length, Preferences* preferences);

    [LibraryImport(Library, EntryPoint = "LZ4F_compressFrame")]
    private static partial nuint CompressFrame(byte* target, nuint capacity, byte* source, nuint length, Preferences* preferences);

    [LibraryImport(Library, EntryPoint = "LZ4F_createDecompressionContext")]
    private static partial nuint CreateContext(nint* context, uint version);

    [LibraryImport(Library, EntryPoint = "LZ4F_freeDecompressionContext")]
    private static partial nuint FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "LZ4F_resetDecompressionContext")]
    private static partial void ResetContext(nint context);

    [LibraryImport(Library, EntryPoint = "LZ4F_decompress")]
    private static partial nuint DecompressFrame(nint context, byte* target, nuint* targetSize, byte* source, nuint* sourceSize, void* options);

    [LibraryImport(Library, EntryPoint = "LZ4F_isError")]
    private static partial uint IsError(nuint code);

    [LibraryImport(Library, EntryPoint = "LZ4F_getErrorName")]
    private static partial byte* GetErrorName(nuint code);

    /// <summary>LZ4F_preferences_t with its LZ4F_frameInfo_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Preferences
    {
        public int BlockSizeId;
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

    private sealed class DecompressionContext() : SafeHandle(0, ownsHandle: true)
    {
        public nint Pointer => handle;

        public override bool IsInvalid => handle == 0;

        public static DecompressionContext Create()
        {
            var context = new DecompressionContext();
            nint pointer;
            nuint error = CreateContext(&pointer, FrameVersion);
            if (IsError(error) != 0)
                throw new InsufficientMemoryException($"LZ4F_createDecompressionContext failed: {ErrorName(error)}.");
            context.SetHandle(pointer);
            return context;
        }

        protected override bool ReleaseHandle() => FreeContext(handle) == 0;
    }
}
