using System.Runtime.InteropServices;

namespace Sluice.Protocol.Compression;

/// <summary>The part of libzstd's interface that <see cref="ZstdCodec{TLibrary}"/> calls. Contexts are pointers; sizes that are errors say so by <see cref="IsError"/>.</summary>
internal unsafe interface IZstdLibrary
{
    /// <summary>ZSTD_createCCtx.</summary>
    static abstract nint CreateCompressor();

    /// <summary>ZSTD_freeCCtx.</summary>
    static abstract nuint FreeCompressor(nint context);

    /// <summary>ZSTD_createDCtx.</summary>
    static abstract nint CreateDecompressor();

    /// <summary>ZSTD_freeDCtx.</summary>
    static abstract nuint FreeDecompressor(nint context);

    /// <summary>ZSTD_DCtx_reset of the session only: parameters stay.</summary>
    static abstract nuint ResetDecompressor(nint context);

    /// <summary>ZSTD_compressBound.</summary>
    static abstract nuint CompressBound(nuint length);

    /// <summary>ZSTD_compressCCtx.</summary>
    static abstract nuint CompressFrame(nint context, byte* target, nuint capacity, byte* source, nuint length, int level);

    /// <summary>ZSTD_decompressStream.</summary>
    static abstract nuint DecompressStream(nint context, ZstdBuffer* output, ZstdBuffer* input);

    /// <summary>ZSTD_isError.</summary>
    static abstract bool IsError(nuint code);

    /// <summary>ZSTD_getErrorName.</summary>
    static abstract string ErrorName(nuint code);
}

/// <summary>ZSTD_inBuffer and ZSTD_outBuffer.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ZstdBuffer
{
    public byte* Pointer;
    public nuint Size;
    public nuint Position;
}
