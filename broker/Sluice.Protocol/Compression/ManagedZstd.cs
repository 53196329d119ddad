using ZstdSharp.Unsafe;

namespace Sluice.Protocol.Compression;

/// <summary>ZstdSharp, libzstd's code in C#. It takes its memory as libzstd does, from the system, and makes no objects.</summary>
internal readonly unsafe struct ManagedZstd : IZstdLibrary
{
    public static nint CreateCompressor() => (nint)Methods.ZSTD_createCCtx();

    public static nuint FreeCompressor(nint context) => Methods.ZSTD_freeCCtx((ZSTD_CCtx_s*)context);

    public static nint CreateDecompressor() => (nint)Methods.ZSTD_createDCtx();

    public static nuint FreeDecompressor(nint context) => Methods.ZSTD_freeDCtx((ZSTD_DCtx_s*)context);

    public static nuint ResetDecompressor(nint context) =>
        Methods.ZSTD_DCtx_reset((ZSTD_DCtx_s*)context, ZSTD_ResetDirective.ZSTD_reset_session_only);

    public static nuint CompressBound(nuint length) => Methods.ZSTD_compressBound(length);

    public static nuint CompressFrame(nint context, byte* target, nuint capacity, byte* source, nuint length, int level) =>
        Methods.ZSTD_compressCCtx((ZSTD_CCtx_s*)context, target, capacity, source, length, level);

    public static nuint DecompressStream(nint context, ZstdBuffer* output, ZstdBuffer* input) =>
        Methods.ZSTD_decompressStream((ZSTD_DCtx_s*)context, (ZSTD_outBuffer_s*)output, (ZSTD_inBuffer_s*)input);

    public static bool IsError(nuint code) => Methods.ZSTD_isError(code);

    public static string ErrorName(nuint code) => Methods.ZSTD_getErrorName(code);
}
