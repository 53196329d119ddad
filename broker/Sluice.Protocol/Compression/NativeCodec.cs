using System.Runtime.InteropServices;

namespace Sluice.Protocol.Compression;

/// <summary>Loads the libraries of native codecs and says which package is missing.</summary>
internal static class NativeCodec
{
    public static bool CanLoad(string library)
    {
        if (!NativeLibrary.TryLoad(library, typeof(NativeCodec).Assembly, DllImportSearchPath.SafeDirectories, out nint handle))
            return false;
        NativeLibrary.Free(handle);
        return true;
    }

    /// <summary>To be called once before the first call into <paramref name="library"/>.</summary>
    /// <exception cref="CodecUnavailableException">It cannot be loaded.</exception>
    public static bool Require(string codec, string library, string package)
    {
        if (!CanLoad(library))
        {
            throw new CodecUnavailableException(
                $"The codec {codec} needs the library {library}, which is not on this system: install the Debian package {package} (apt-get install {package}).");
        }
        return true;
    }
}
