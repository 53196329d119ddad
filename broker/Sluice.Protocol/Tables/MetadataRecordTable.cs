using System.Buffers;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Wire;

namespace Sluice.Protocol.Tables;

/// <summary>The records of the metadata log, and the frame around each: frame version, record number and record version as variable-length numbers, then the record.</summary>
public static class MetadataRecordTable
{
    /// <summary>The only frame version.</summary>
    public const int FrameVersion = 1;

    /// <summary>A record of a number to be read into; null when no record has it.</summary>
    public static IMetadataRecord? New(short key) => GeneratedTables.NewMetadataRecord(key);

    /// <summary>The size of a framed record in bytes.</summary>
    /// <exception cref="MessageFieldException">The record cannot be written in that version.</exception>
    public static int SizeOfFramed(IMetadataRecord record, short version) => Measure(record, version).Total;

    /// <summary>A framed record as an array.</summary>
    /// <exception cref="MessageFieldException">The record cannot be written in that version.</exception>
    public static byte[] ToFramed(IMetadataRecord record, short version)
    {
        byte[] bytes = new byte[SizeOfFramed(record, version)];
        Write(bytes, record, version);
        return bytes;
    }

    /// <summary>Appends a framed record to a buffer.</summary>
    /// <exception cref="MessageFieldException">The record cannot be written in that version.</exception>
    public static void WriteFramed(IBufferWriter<byte> destination, IMetadataRecord record, short version)
    {
        int size = SizeOfFramed(record, version);
        Write(destination.GetSpan(size)[..size], record, version);
        destination.Advance(size);
    }

    /// <summary>Reads a framed record and its version. Fields of bytes are slices of the memory.</summary>
    /// <exception cref="ProtocolException">The frame is malformed, or of a version or record that is not known.</exception>
    public static IMetadataRecord ReadFramed(ReadOnlyMemory<byte> framed, out short version)
    {
        var reader = new WireReader(framed, AllocationBudget.ForTrusted(framed.Length));
        return ReadFramed(ref reader, out version);
    }

    /// <summary>Reads a framed record and its version. Fields of bytes are copied.</summary>
    /// <exception cref="ProtocolException">The frame is malformed, or of a version or record that is not known.</exception>
    public static IMetadataRecord ReadFramed(ReadOnlySpan<byte> framed, out short version)
    {
        var reader = new WireReader(framed);
        return ReadFramed(ref reader, out version);
    }

    private static IMetadataRecord ReadFramed(ref WireReader reader, out short version)
    {
        int frame = reader.ReadUnsignedVarint();
        if (frame != FrameVersion) throw new ProtocolException($"a metadata record has frame version {frame}, not {FrameVersion}");
        int key = reader.ReadUnsignedVarint();
        IMetadataRecord record = (key <= short.MaxValue ? New((short)key) : null) ?? throw new ProtocolException($"no metadata record has the number {key}");
        int number = reader.ReadUnsignedVarint();
        if (number > record.LastVersion)
            throw new ProtocolException($"{record.GetType().Name} has version {number}, but {record.LastVersion} is the last one known: newer software wrote it");
        version = (short)number;
        record.Read(ref reader, version);
        reader.ExpectEnd();
        return record;
    }

    private static WireSize Measure(IMetadataRecord record, short version)
    {
        WireSize size = default;
        size.AddUnsignedVarint(FrameVersion);
        size.AddUnsignedVarint(record.MessageKey);
        size.AddUnsignedVarint(version);
        record.Measure(ref size, version);
        return size;
    }

    private static void Write(Span<byte> destination, IMetadataRecord record, short version)
    {
        var writer = new WireWriter(destination);
        writer.WriteUnsignedVarint(FrameVersion);
        writer.WriteUnsignedVarint(record.MessageKey);
        writer.WriteUnsignedVarint(version);
        record.Write(ref writer, version);
        MessageExtensions.Invariant(writer.Position == destination.Length, record, version);
    }
}
