namespace Sluice.Protocol.Compression;

/// <summary>Hands out pieces of the output while the limit lasts, so that memory grows with what was really decompressed, not with what a header claims.</summary>
internal ref struct BoundedOutput
{
    private const int PieceSize = 64 * 1024;

    private readonly PooledBuffer _buffer;
    private readonly CompressionCodec _codec;
    private readonly int _limit;
    private readonly int _start;
    private int _left;

    public BoundedOutput(PooledBuffer buffer, CompressionCodec codec, int limit)
    {
        _buffer = buffer;
        _codec = codec;
        _limit = limit;
        _start = buffer.Length;
        _left = limit;
    }

    /// <summary>How many bytes came out so far.</summary>
    public readonly int Written => _limit - _left;

    /// <summary>Room for the next piece, at least one byte. A decoder that fills the last byte of the limit gets room again only to fail.</summary>
    public readonly Span<byte> Next()
    {
        // One byte over the limit tells "exactly full" from "too large" without a special case in each decoder.
        int most = _left == int.MaxValue ? _left : _left + 1;
        Span<byte> span = _buffer.GetSpan(Math.Min(PieceSize, most));
        return span.Length > most ? span[..most] : span;
    }

    /// <summary>So many bytes, or as many as the limit leaves.</summary>
    public readonly int AtMost(int size) => Math.Min(size, _left);

    /// <summary>So many bytes, after a check that the limit leaves them.</summary>
    /// <exception cref="CompressionException">They would exceed the limit.</exception>
    public readonly int Exactly(int size) => size <= _left ? size : throw TooLarge();

    /// <summary>Room for so many bytes, directly after what came out before; the caller has asked the limit.</summary>
    public readonly Span<byte> Room(int size) => _buffer.GetSpan(size)[..size];

    /// <summary>What came out after the byte of a number, counted as <see cref="Written"/> is; valid until room is asked for.</summary>
    public readonly ReadOnlySpan<byte> Since(int position) => _buffer.WrittenSpan[(_start + position)..];

    public void Advance(int count)
    {
        if (count > _left)
            throw TooLarge();
        _left -= count;
        _buffer.Advance(count);
    }

    private readonly CompressionException TooLarge() => new(
        $"The {Codecs.Name(_codec)} data grows beyond {_limit} bytes, the limit for its compressed size.") { IsTooLarge = true };
}
