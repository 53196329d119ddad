using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Sluice.Protocol.Compression;

/// <summary>gzip by .NET's own zlib.</summary>
internal static class GzipCodec
{
    public const int DefaultLevel = -1;

    private const int HeaderAndTrailerSize = 18;

    private static ReadOnlySpan<byte> MemberStart => [0x1F, 0x8B, 8];

    /// <summary>The member that holds nothing, which GZipStream does not write.</summary>
    private static ReadOnlySpan<byte> Empty => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public static void Compress(ReadOnlySpan<byte> input, IBufferWriter<byte> output, int level)
    {
        if (level is not (DefaultLevel or (>= 1 and <= 9)))
            throw new ArgumentOutOfRangeException(nameof(level), level, "Levels of gzip are 1 to 9, or -1 for its default.");
        if (input.IsEmpty)
        {
            output.Write(Empty);
            return;
        }
        using var sink = new WriterStream(output);
        using var gzip = new GZipStream(sink, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true);
        gzip.Write(input);
    }

    public static unsafe void Decompress(ReadOnlySpan<byte> input, ref BoundedOutput output)
    {
        // The first header must be there: .NET reads no bytes at all as an empty stream.
        if (input.Length < HeaderAndTrailerSize)
            throw new CompressionException($"The gzip data is cut: {input.Length} bytes are less than its header and trailer.");
        fixed (byte* start = input)
        {
            using var source = new UnmanagedMemoryStream(start, input.Length);
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            try
            {
                long total = 0;
                int read;
                while ((read = gzip.Read(output.Next())) > 0)
                {
                    output.Advance(read);
                    total += read;
                }
                CheckEnd(input, total);
            }
            catch (InvalidDataException e)
            {
                throw new CompressionException($"The gzip data is damaged: {e.Message}", e);
            }
        }
    }

    /// <summary>
    /// GZipStream takes data whose end is missing for complete, so look at the length in the last trailer: it is that of all
    /// the output, or of less when several members follow each other.
    /// </summary>
    private static void CheckEnd(ReadOnlySpan<byte> input, long total)
    {
        uint last = BinaryPrimitives.ReadUInt32LittleEndian(input[^4..]);
        if (last > total || (last < total && input[1..].IndexOf(MemberStart) < 0))
            throw new CompressionException($"The gzip data is cut: its trailer tells of {last} bytes, {total} came out.");
    }

    private sealed class WriterStream(IBufferWriter<byte> writer) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => writer.Write(buffer);
        public override void Write(byte[] buffer, int offset, int count) => writer.Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
