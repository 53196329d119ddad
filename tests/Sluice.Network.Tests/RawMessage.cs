using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Wire;

namespace Sluice.Network.Tests;

/// <summary>A message of plain bytes and records, so that a test knows each byte of its frame.</summary>
internal sealed class RawMessage : IMessage
{
    private readonly List<(byte[] Bytes, Records Records)> _parts = [];

    public short FirstVersion => 0;

    public short LastVersion => 0;

    public RawMessage Add(ReadOnlySpan<byte> bytes)
    {
        _parts.Add((bytes.ToArray(), Records.Null));
        return this;
    }

    /// <summary>Adds records, before which their length stands in four bytes.</summary>
    public RawMessage Add(Records records)
    {
        _parts.Add(([], records));
        return this;
    }

    public void Measure(ref WireSize size, short version)
    {
        foreach ((byte[] bytes, Records records) in _parts)
        {
            size.Add(bytes.Length);
            if (!records.IsNull) size.AddRecords(records, compact: false, nullAllowed: false, "records");
        }
    }

    public void Write(ref WireWriter writer, short version)
    {
        foreach ((byte[] bytes, Records records) in _parts)
        {
            foreach (byte one in bytes) writer.WriteInt8((sbyte)one);
            if (!records.IsNull) writer.WriteRecords(records, compact: false);
        }
    }

    public void Read(ref WireReader reader, short version) => throw new NotSupportedException("frames are only written here");
}
