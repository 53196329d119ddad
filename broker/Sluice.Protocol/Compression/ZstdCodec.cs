using System.Buffers;
using System.Runtime.InteropServices;

namespace Sluice.Protocol.Compression;

/// <summary>The levels of zstd, by Kafka's setting <c>compression.zstd.level</c>.</summary>
internal static class ZstdLevels
{
    public const int Default = 3;

    public static void Check(int level)
    {
        if (level is < -131072 or > 22)
            throw new ArgumentOutOfRangeException(nameof(level), level, "Levels of zstd are -131072 to 22.");
    }
}

/// <summary>Zstandard frames by one of the libraries. Each thread has a context for each direction, which it keeps.</summary>
internal static unsafe class ZstdCodec<TLibrary>
    where TLibrary : struct, IZstdLibrary
{
    [ThreadStatic]
    private static Context? _compressor;

    [ThreadStatic]
    private static Context? _decompressor;

    public static void Compress(ReadOnlySpan<byte> input, IBufferWriter<byte> output, int level)
    {
        ZstdLevels.Check(level);
        Context context = _compressor ??= new Context(compresses: true);
        Span<byte> to = output.GetSpan(checked((int)TLibrary.CompressBound((nuint)input.Length)));
        fixed (byte* source = input, target = to)
        {
            nuint size = TLibrary.CompressFrame(context.Pointer, target, (nuint)to.Length, source, (nuint)input.Length, level);
            if (TLibrary.IsError(size))
                throw new InvalidOperationException($"ZSTD_compressCCtx failed: {TLibrary.ErrorName(size)}.");
            output.Advance((int)size);
        }
    }

    public static void Decompress(ReadOnlySpan<byte> input, ref BoundedOutput output)
    {
        Context context = _decompressor ??= new Context(compresses: false);
        TLibrary.ResetDecompressor(context.Pointer);
        fixed (byte* source = input)
        {
            var from = new ZstdBuffer { Pointer = source, Size = (nuint)input.Length };
            nuint hint = 1;
            bool full = false;
            while (from.Position < from.Size || full)
            {
                Span<byte> to = output.Next();
                nuint before = from.Position;
                ZstdBuffer into;
                fixed (byte* target = to)
                {
                    into = new ZstdBuffer { Pointer = target, Size = (nuint)to.Length };
                    hint = TLibrary.DecompressStream(context.Pointer, &into, &from);
                }
                if (TLibrary.IsError(hint))
                    throw new CompressionException($"The zstd data is damaged: {TLibrary.ErrorName(hint)}.");
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

    private sealed class Context : SafeHandle
    {
        private readonly bool _compresses;

        public Context(bool compresses) : base(0, ownsHandle: true)
        {
            _compresses = compresses;
            SetHandle(compresses ? TLibrary.CreateCompressor() : TLibrary.CreateDecompressor());
            if (IsInvalid)
                throw new InsufficientMemoryException("zstd could not allocate a context.");
        }

        public nint Pointer => handle;

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => (_compresses ? TLibrary.FreeCompressor(handle) : TLibrary.FreeDecompressor(handle)) == 0;
    }
}
