using System.Buffers;

namespace Sluice.Protocol.Compression;

/// <summary>Hands out pieces of the output while the limit lasts, so that memory grows with what was really decompressed, not with what a header claims.</summary>
internal ref struct BoundedOutput
{
    private const int PieceSize = 64 * 1024;

    private readonly IBufferWriter<byte> _writer;
    private readonly CompressionCodec _codec;
    private readonly int _limit;
    private int _left;

    public BoundedOutput(IBufferWriter<byte> writer, CompressionCodec codec, int limit)
    {
        _writer = writer;
        _codec = codec;
        _limit = limit;
        _left = limit;
    }

    /// <summary>Room for the next piece, at least one byte. A decoder that fills the last byte of the limit gets room again only to fail.</summary>
    public readonly Span<byte> Next()
    {
        // One byte over the limit tells "exactly full" from "too large" without a special case in each decoder.
        int most = _left == int.MaxValue ? _left : _left + 1;
        Span<byte> span = _writer.GetSpan(Math.Min(PieceSize, most));
        return span.Length > most ? span[..most] : span;
    }

    public readonly Span<byte> Exactly(int size)
    {
        if (size > _left)
            throw TooLarge();
        return _writer.GetSpan(size)[..size];
    }

    public void Advance(int count)
    {
        if (count > _left)
            throw TooLarge();
        _left -= count;
        _writer.Advance(count);
    }

    private readonly CompressionException TooLarge() => new(
        $"The {Codecs.Name(_codec)} data grows beyond {_limit} bytes, the limit for its compressed size.") { IsTooLarge = true };
}
