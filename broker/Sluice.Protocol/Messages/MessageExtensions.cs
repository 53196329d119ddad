using System.Buffers;
using Sluice.Protocol.Wire;

namespace Sluice.Protocol.Messages;

/// <summary>Reading and writing whole messages.</summary>
public static class MessageExtensions
{
    /// <summary>The exact size of the encoding in bytes, records that lie in files included.</summary>
    /// <exception cref="MessageFieldException">The message cannot be written in that version.</exception>
    public static int Size(this IMessage message, short version)
    {
        WireSize size = default;
        message.Measure(ref size, version);
        return size.Total;
    }

    /// <summary>The encoding as an array; records that lie in files are read.</summary>
    public static byte[] ToBytes(this IMessage message, short version)
    {
        WireSize size = default;
        message.Measure(ref size, version);
        byte[] bytes = new byte[size.Total];
        var writer = new WireWriter(bytes, copyFiles: true);
        message.Write(ref writer, version);
        Invariant(writer.Position == bytes.Length, message, version);
        return bytes;
    }

    /// <summary>Appends the encoding to a buffer; records that lie in files are read.</summary>
    public static void WriteTo(this IMessage message, IBufferWriter<byte> destination, short version)
    {
        WireSize size = default;
        message.Measure(ref size, version);
        Span<byte> room = destination.GetSpan(size.Total)[..size.Total];
        var writer = new WireWriter(room, copyFiles: true);
        message.Write(ref writer, version);
        Invariant(writer.Position == room.Length, message, version);
        destination.Advance(size.Total);
    }

    /// <summary>Reads a message that fills the bytes entirely.</summary>
    /// <exception cref="ProtocolException">The bytes are malformed, or some are left.</exception>
    public static void ReadAll(this IMessage message, ReadOnlyMemory<byte> bytes, short version)
    {
        var reader = new WireReader(bytes);
        message.Read(ref reader, version);
        reader.ExpectEnd();
    }

    /// <summary>Reads a message that fills the bytes entirely; fields of bytes are copied.</summary>
    /// <exception cref="ProtocolException">The bytes are malformed, or some are left.</exception>
    public static void ReadAll(this IMessage message, ReadOnlySpan<byte> bytes, short version)
    {
        var reader = new WireReader(bytes);
        message.Read(ref reader, version);
        reader.ExpectEnd();
    }

    internal static void Invariant(bool holds, IMessage message, short version)
    {
        if (!holds) throw new InvalidOperationException($"{message.GetType().Name} version {version} wrote another size than it measured");
    }
}
