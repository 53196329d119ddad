namespace Sluice.Protocol.Tests.Compression;

/// <summary>Makes sound bytes unsound, now and then so little that they stay sound.</summary>
internal static class Damage
{
    public static byte[] Of(byte[] good, Random random)
    {
        byte[] damaged = (byte[])good.Clone();
        for (int changes = random.Next(1, 4); changes > 0 && damaged.Length > 0; changes--)
        {
            int at = random.Next(4) == 0 ? random.Next(Math.Min(20, damaged.Length)) : random.Next(damaged.Length);
            switch (random.Next(5))
            {
                case 0: damaged = damaged[..at]; break;
                case 1: damaged = [.. damaged.AsSpan(0, at), (byte)random.Next(256), .. damaged.AsSpan(at)]; break;
                case 2: damaged[at] = (byte)(random.Next(2) == 0 ? 0xFF : 0); break;
                default: damaged[at] ^= (byte)(1 << random.Next(8)); break;
            }
        }
        return damaged;
    }
}
