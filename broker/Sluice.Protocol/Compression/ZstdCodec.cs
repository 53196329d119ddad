using System.Buffers;
using System.Runtime.InteropServices;

namespace Sluice.Protocol.Compression;

/// <summary>Zstandard through libzstd.</summary>
internal static unsafe partial class ZstdCodec
{
    public const string Library = "libzstd.so.1";
    public const int DefaultLevel = 3;

    private const int ResetSession = 1;

    private static bool _loaded;

    [ThreadStatic]
    private static Context? _compressor;

    [ThreadStatic]
    private static Context? _decompressor;

    public static void Compress(ReadOnlySpan<byte> input, IBufferWriter<byte> output, int level)
    {
        if (level is < -131072 or > 22)
            throw new ArgumentOutOfRangeException(nameof(level), level, "Levels of zstd are -131072 to 22.");
        Require();
        Context context = _compressor ??= Context.Create(compresses: true);
        Span<byte> to = output.GetSpan(checked((int)CompressBound((nuint)input.Length)));
        fixed (byte* source = input, target = to)
        {
            nuint size = CompressFrame(context.Pointer, target, (nuint)to.Length, source, (nuint)input.Length, level);
            if (IsError(size) != 0)
                throw new InvalidOperationException($"ZSTD_compressCCtx failed: {ErrorName(size)}.");
            output.Advance((int)size);
        }
    }

    public static void Decompress(ReadOnlySpan<byte> input, ref BoundedOutput output)
    {
        Require();
        Context context = _decompressor ??= Context.Create(compresses: false);
        ResetDecompressor(context.Pointer, ResetSession);
        fixed (byte* source = input)
        {
            var from = new Buffer { Pointer = source, Size = (nuint)input.Length };
            nuint hint = 1;
            bool full = false;
            while (from.Position < from.Size || full)
            {
                Span<byte> to = output.Next();
                nuint before = from.Position;
                Buffer into;
                fixed (byte* target = to)
                {
                    into = new Buffer { Pointer = target, Size = (nuint)to.Length };
                    hint = DecompressStream(context.Pointer, &into, &from);
                }
                if (IsError(hint) != 0)
                    throw new CompressionException($"The zstd data is damaged: {ErrorName(hint)}.");
                // A hint of 0 says that a frame ended and all of it is out; another may follow.
                full = into.Position == into.Size && hint != 0;
                output.Advance((int)into.Position);
                if (into.Position == 0 && from.Position == before)
                    break;
            }
            if (hint != 0)
                throw new CompressionException("The zstd data is cut: its last frame does not end.");
        }
    }

    private static void Require() => _loaded = _loaded || NativeCodec.Require("zstd", Library, "libzstd1");

    private static string ErrorName(nuint code) => Marshal.PtrToStringUTF8((nint)GetErrorName(code)) ?? "unknown error";

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    private static partial nint CreateCompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    private static partial nuint FreeCompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    private static partial nint CreateDecompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    private static partial nuint FreeDecompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_DCtx_reset")]
    private static partial nuint ResetDecompressor(nint context, int directive);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressBound")]
    private static partial nuint CompressBound(nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressCCtx")]
    private static partial nuint CompressFrame(nint context, byte* target, nuint capacity, byte* source, nuint length, int level);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    private static partial nuint DecompressStream(nint context, Buffer* output, Buffer* input);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint code);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    private static partial byte* GetErrorName(nuint code);

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Buffer
    {
        public byte* Pointer;
        public nuint Size;
        public nuint Position;
    }

    private sealed class Context : SafeHandle
    {
        private readonly bool _compresses;

        private Context(bool compresses, nint pointer) : base(0, ownsHandle: true)
        {
            _compresses = compresses;
            SetHandle(pointer);
        }

        public nint Pointer => handle;

        public override bool IsInvalid => handle == 0;

        public static Context Create(bool compresses)
        {
            nint pointer = compresses ? CreateCompressor() : CreateDecompressor();
            return pointer != 0 ? new Context(compresses, pointer) : throw new InsufficientMemoryException("libzstd could not allocate a context.");
        }

        protected override bool ReleaseHandle() => (_compresses ? FreeCompressor(handle) : FreeDecompressor(handle)) == 0;
    }
}
