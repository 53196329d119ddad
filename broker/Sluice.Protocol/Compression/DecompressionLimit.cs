namespace Sluice.Protocol.Compression;

/// <summary>How far bytes from outside may grow when decompressed.</summary>
/// <param name="BytesMax">Greatest output.</param>
/// <param name="RatioMax">Greatest output for each byte of input, counted once the output exceeds <see cref="RatioFreeBytes"/>.</param>
public readonly record struct DecompressionLimit(int BytesMax, int RatioMax = DecompressionLimit.DefaultRatioMax)
{
    /// <summary>Logs seldom shrink more than a hundredfold; a bomb shrinks by ten thousand and more.</summary>
    public const int DefaultRatioMax = 1000;

    /// <summary>Output up to this size is fine at any ratio: a producer's batch of equal bytes is no attack.</summary>
    public const int RatioFreeBytes = 4 * 1024 * 1024;

    internal int ForInput(int inputBytes) => (int)Math.Min(BytesMax, Math.Max(RatioFreeBytes, (long)inputBytes * RatioMax));
}
