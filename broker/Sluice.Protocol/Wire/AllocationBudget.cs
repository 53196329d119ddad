namespace Sluice.Protocol.Wire;

/// <summary>
/// How many bytes of objects reading a frame may make. A few bytes on the wire can ask for an object of many, so the size of the
/// frame alone bounds nothing: what is read is charged against a budget in proportion to the frame, with a ceiling.
/// </summary>
public static class AllocationBudget
{
    /// <summary>What every frame may use, however short, in bytes.</summary>
    public const long Base = 256 * 1024;

    /// <summary>
    /// Bytes of objects a byte of frame. The densest messages in real use, a Metadata answer about partitions with one replica or a
    /// list of very short names, need about ten.
    /// </summary>
    public const long PerByte = 16;

    /// <summary>The most that a frame from a stranger may use, in bytes.</summary>
    public const long UntrustedMax = 128L * 1024 * 1024;

    /// <summary>For a frame that anyone may have sent.</summary>
    public static long ForUntrusted(int frameLength) => Math.Min(Base + (frameLength * PerByte), UntrustedMax);

    /// <summary>For answers of a broker that was asked and for files of our own: proportional, without a ceiling.</summary>
    public static long ForTrusted(int frameLength) => Base + (frameLength * PerByte);
}
