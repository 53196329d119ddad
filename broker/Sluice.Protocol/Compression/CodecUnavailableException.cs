namespace Sluice.Protocol.Compression;

/// <summary>The native library of a codec is not on this system; the message names the Debian package that brings it.</summary>
public sealed class CodecUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
