using System.Buffers.Binary;

namespace Sluice.Protocol.Batches;

/// <summary>What a control record says (its key's second field).</summary>
public enum ControlRecordType : short
{
    /// <summary>The producer's transaction is aborted.</summary>
    Abort = 0,

    /// <summary>The producer's transaction is committed.</summary>
    Commit = 1,

    /// <summary>A new leader of a metadata quorum (KIP-595).</summary>
    LeaderChange = 2,

    /// <summary>First record of a snapshot (KIP-630).</summary>
    SnapshotHeader = 3,

    /// <summary>Last record of a snapshot (KIP-630).</summary>
    SnapshotFooter = 4,

    /// <summary>Version of the quorum's protocol (KIP-853).</summary>
    KRaftVersion = 5,

    /// <summary>The quorum's voters (KIP-853).</summary>
    KRaftVoters = 6,
}

/// <summary>Key and value of the record in a control batch.</summary>
public static class ControlRecord
{
    /// <summary>Bytes of a control record's key: <c>int16 version, int16 type</c>.</summary>
    public const int KeySize = 4;

    /// <summary>Bytes of the value of a transaction marker: <c>int16 version, int32 coordinator epoch</c>.</summary>
    public const int MarkerValueSize = 6;

    /// <summary>Writes a key of version 0.</summary>
    public static void WriteKey(Span<byte> destination, ControlRecordType type)
    {
        BinaryPrimitives.WriteInt16BigEndian(destination, 0);
        BinaryPrimitives.WriteInt16BigEndian(destination[2..], (short)type);
    }

    /// <summary>Writes the value of an abort or commit marker, version 0.</summary>
    public static void WriteMarkerValue(Span<byte> destination, int coordinatorEpoch)
    {
        BinaryPrimitives.WriteInt16BigEndian(destination, 0);
        BinaryPrimitives.WriteInt32BigEndian(destination[2..], coordinatorEpoch);
    }

    /// <summary>Reads the type from a key; false when it is too short or of a negative version.</summary>
    public static bool TryReadType(ReadOnlySpan<byte> key, out ControlRecordType type)
    {
        type = default;
        if (key.Length < KeySize || BinaryPrimitives.ReadInt16BigEndian(key) < 0)
            return false;
        type = (ControlRecordType)BinaryPrimitives.ReadInt16BigEndian(key[2..]);
        return true;
    }

    /// <summary>Reads the coordinator epoch from the value of an abort or commit marker; false when it is too short.</summary>
    public static bool TryReadCoordinatorEpoch(ReadOnlySpan<byte> value, out int coordinatorEpoch)
    {
        coordinatorEpoch = 0;
        if (value.Length < MarkerValueSize || BinaryPrimitives.ReadInt16BigEndian(value) < 0)
            return false;
        coordinatorEpoch = BinaryPrimitives.ReadInt32BigEndian(value[2..]);
        return true;
    }
}
