using System.Buffers;
using System.Runtime.InteropServices;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Wire;

namespace Sluice.Protocol.Frames;

/// <summary>
/// A frame ready to send: length prefix, header and body in one pooled buffer, and the places where bytes of files come between.
/// It owns the files' retains; disposing it releases them and the buffer.
/// </summary>
public abstract class EncodedFrame : IDisposable
{
    private const int PrefixLength = sizeof(int);

    private byte[]? _buffer;
    private readonly int _length;
    private readonly List<FrameSplice>? _splices;

    private protected EncodedFrame(IMessage header, short headerVersion, IMessage body, short version)
    {
        WireSize size = default;
        size.Add(PrefixLength);
        header.Measure(ref size, headerVersion);
        body.Measure(ref size, version);
        WireLength = size.Total;
        _length = WireLength - size.Spliced;
        _buffer = ArrayPool<byte>.Shared.Rent(_length);
        var writer = new WireWriter(_buffer.AsSpan(0, _length), size);
        writer.WriteInt32(WireLength - PrefixLength);
        header.Write(ref writer, headerVersion);
        body.Write(ref writer, version);
        MessageExtensions.Invariant(writer.Position == _length, body, version);
        _splices = writer.Splices;
        _splices?.RemoveAll(ReleaseWhenEmpty);
    }

    /// <summary>What is sent from memory, the length prefix first.</summary>
    public ReadOnlyMemory<byte> Buffer => (_buffer ?? throw new ObjectDisposedException(GetType().Name)).AsMemory(0, _length);

    /// <summary>What is sent from files: each before the byte of <see cref="Buffer"/> that its position names.</summary>
    public ReadOnlySpan<FrameSplice> Splices => CollectionsMarshal.AsSpan(_splices);

    /// <summary>All bytes on the wire: prefix, buffer and files.</summary>
    public int WireLength { get; }

    /// <summary>Everything that goes on the wire as one array; files are read. For tests and small frames.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[WireLength];
        int from = 0;
        int to = 0;
        foreach (FrameSplice splice in Splices)
        {
            Buffer.Span[from..splice.Position].CopyTo(bytes.AsSpan(to));
            to += splice.Position - from;
            from = splice.Position;
            splice.Records.CopyTo(bytes.AsSpan(to));
            to += splice.Records.Length;
        }
        Buffer.Span[from..].CopyTo(bytes.AsSpan(to));
        return bytes;
    }

    /// <summary>Nothing of an empty region is ever sent: its file is let go at once, so that senders meet no splice of no bytes.</summary>
    private static bool ReleaseWhenEmpty(FrameSplice splice)
    {
        if (splice.Records.Length != 0) return false;
        splice.Records.Release();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        byte[]? buffer = Interlocked.Exchange(ref _buffer, null);
        if (buffer is null) return;
        ArrayPool<byte>.Shared.Return(buffer);
        foreach (FrameSplice splice in CollectionsMarshal.AsSpan(_splices)) splice.Records.Release();
        GC.SuppressFinalize(this);
    }
}
