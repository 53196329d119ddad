using System.Text;

namespace Sluice.Protocol.Tests.Compression;

/// <summary>Bytes to compress.</summary>
internal static class Samples
{
    /// <summary>What no codec makes smaller.</summary>
    public static byte[] Noise(int size)
    {
        byte[] noise = new byte[size];
        new Random(1).NextBytes(noise);
        return noise;
    }

    /// <summary>What repeats itself over distances short and long.</summary>
    public static byte[] Text(int size) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, (size / 8) + 1).Select(i => $"{i * (i % 7) % 1000:D8}")))[..size];
}
