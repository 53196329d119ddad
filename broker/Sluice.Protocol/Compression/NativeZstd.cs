using System.Runtime.InteropServices;

namespace Sluice.Protocol.Compression;

/// <summary>The system's libzstd.</summary>
internal unsafe partial struct NativeZstd : IZstdLibrary
{
    private const string Library = "libzstd.so.1";
    private const int ResetSession = 1;

    /// <summary>The youngest of the functions that are called; it came with libzstd 1.4.0.</summary>
    private const string NewestFunction = "ZSTD_DCtx_reset";

    /// <summary>The library's own version.</summary>
    public static string Version => Marshal.PtrToStringUTF8((nint)VersionString()) ?? "of unknown version";

    /// <summary>Whether the library is there and has all that is called; it then stays loaded.</summary>
    public static bool IsPresent() =>
        NativeLibrary.TryLoad(Library, typeof(NativeZstd).Assembly, DllImportSearchPath.SafeDirectories, out nint handle)
        && NativeLibrary.TryGetExport(handle, NewestFunction, out _);

    public static nuint ResetDecompressor(nint context) => ResetDecompressor(context, ResetSession);

    public static bool IsError(nuint code) => IsErrorCode(code) != 0;

    public static string ErrorName(nuint code) => Marshal.PtrToStringUTF8((nint)GetErrorName(code)) ?? "unknown error";

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    public static partial nint CreateCompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    public static partial nuint FreeCompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    public static partial nint CreateDecompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    public static partial nuint FreeDecompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressBound")]
    public static partial nuint CompressBound(nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressCCtx")]
    public static partial nuint CompressFrame(nint context, byte* target, nuint capacity, byte* source, nuint length, int level);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    public static partial nuint DecompressStream(nint context, ZstdBuffer* output, ZstdBuffer* input);

    [LibraryImport(Library, EntryPoint = NewestFunction)]
    private static partial nuint ResetDecompressor(nint context, int directive);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsErrorCode(nuint code);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    private static partial byte* GetErrorName(nuint code);

    [LibraryImport(Library, EntryPoint = "ZSTD_versionString")]
    private static partial byte* VersionString();
}
