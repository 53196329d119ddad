using Sluice.Protocol;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Wire;

namespace Sluice.Network.Connections;

/// <summary>How far a frame is sent: so many bytes of its buffer, so many splices, so many bytes of the next splice.</summary>
internal struct FrameCursor
{
    private int _bytes;
    private int _splices;
    private int _spliceBytes;

    internal readonly bool IsAtEnd(ResponseFrame frame) => _splices == frame.Splices.Length && _bytes == frame.Buffer.Length;

    /// <summary>What comes next: the rest of a splice, or the buffer up to the next splice. The frame must not be at its end.</summary>
    internal readonly FramePiece Piece(ResponseFrame frame)
    {
        ReadOnlySpan<FrameSplice> splices = frame.Splices;
        if (_splices == splices.Length) return new FramePiece(null, _bytes, frame.Buffer.Length - _bytes);
        FrameSplice next = splices[_splices];
        if (next.Position > _bytes) return new FramePiece(null, _bytes, next.Position - _bytes);
        return new FramePiece(next.Records.File, next.Records.Position + _spliceBytes, next.Records.Length - _spliceBytes);
    }

    /// <summary>Moves on by up to <paramref name="bytes"/>, within the frame; answers by how many.</summary>
    internal int Advance(ResponseFrame frame, int bytes)
    {
        int done = 0;
        while (done < bytes && !IsAtEnd(frame))
        {
            FramePiece piece = Piece(frame);
            int step = Math.Min(piece.Length, bytes - done);
            done += step;
            if (!piece.IsFile)
            {
                _bytes += step;
            }
            else if (step < piece.Length)
            {
                _spliceBytes += step;
            }
            else
            {
                _splices++;
                _spliceBytes = 0;
            }
        }
        return done;
    }
}

/// <summary>Consecutive bytes of a frame: from a file, or (without a file) from its buffer.</summary>
internal readonly record struct FramePiece(IRecordsFile? File, long Position, int Length)
{
    internal bool IsFile => File is not null;

    internal ReadOnlySpan<byte> Bytes(ResponseFrame frame) => frame.Buffer.Span.Slice((int)Position, Length);

    internal void CopyTo(ResponseFrame frame, Span<byte> destination)
    {
        if (File is null) Bytes(frame).CopyTo(destination);
        else File.Read(Position, destination[..Length]);
    }
}
