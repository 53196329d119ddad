namespace Sluice.Protocol.Wire;

/// <summary>Records in a file that belong into a frame.</summary>
/// <param name="Position">They come before the buffer's byte of this number.</param>
/// <param name="Records">What to send from which file.</param>
public readonly record struct FrameSplice(int Position, Records Records);
