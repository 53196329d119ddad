using System.Numerics;

namespace Sluice.Protocol.Wire;

/// <summary>Variable-length integers: seven bits a byte, least significant first, the top bit says that more follow.</summary>
internal static class Varint
{
    /// <summary>The bytes that an unsigned number takes: one for every seven bits begun.</summary>
    public static int Size(uint value) => (BitOperations.Log2(value | 1) / 7) + 1;
}
