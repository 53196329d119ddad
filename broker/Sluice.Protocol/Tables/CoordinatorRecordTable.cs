using Sluice.Protocol.Messages;
using Sluice.Protocol.Wire;

namespace Sluice.Protocol.Tables;

/// <summary>
/// The keys and values of the coordinators' topics. A key is written as its number (int16) and then its only version 0; a value as
/// its version (int16) and then the value.
/// </summary>
public sealed class CoordinatorRecordTable
{
    /// <summary><c>__consumer_offsets</c>: groups of all kinds and their offsets.</summary>
    public static readonly CoordinatorRecordTable Groups = new(GeneratedTables.NewGroupKey, GeneratedTables.NewGroupValue);

    /// <summary><c>__transaction_state</c>: transactional ids.</summary>
    public static readonly CoordinatorRecordTable Transactions = new(GeneratedTables.NewTransactionKey, GeneratedTables.NewTransactionValue);

    /// <summary><c>__share_group_state</c>: what share groups have delivered.</summary>
    public static readonly CoordinatorRecordTable ShareGroups = new(GeneratedTables.NewShareKey, GeneratedTables.NewShareValue);

    private readonly Func<short, IKeyedMessage?> _newKey;
    private readonly Func<short, IKeyedMessage?> _newValue;

    private CoordinatorRecordTable(Func<short, IKeyedMessage?> newKey, Func<short, IKeyedMessage?> newValue)
    {
        _newKey = newKey;
        _newValue = newValue;
    }

    /// <summary>A key of a number to be read into; null when no key has it.</summary>
    public IKeyedMessage? NewKey(short number) => _newKey(number);

    /// <summary>The value that belongs to a key of a number; null when no key has it.</summary>
    public IKeyedMessage? NewValue(short number) => _newValue(number);

    /// <summary>A key's bytes.</summary>
    /// <exception cref="MessageFieldException">The key cannot be written.</exception>
    public static byte[] WriteKey(IKeyedMessage key) => WriteNumbered(key.MessageKey, key, 0);

    /// <summary>A value's bytes.</summary>
    /// <exception cref="MessageFieldException">The value cannot be written in that version.</exception>
    public static byte[] WriteValue(IKeyedMessage value, short version) => WriteNumbered(version, value, version);

    /// <summary>Reads a key; null when its number is not known, as written by newer software.</summary>
    /// <exception cref="ProtocolException">The bytes are malformed.</exception>
    public IKeyedMessage? ReadKey(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        IKeyedMessage? key = _newKey(reader.ReadInt16());
        if (key is null) return null;
        key.Read(ref reader, 0);
        reader.ExpectEnd();
        return key;
    }

    /// <summary>Reads the value that belongs to a key of a number, and its version.</summary>
    /// <exception cref="ProtocolException">The bytes are malformed, or the number or version is not known.</exception>
    public IKeyedMessage ReadValue(short keyNumber, ReadOnlySpan<byte> bytes, out short version)
    {
        IKeyedMessage value = _newValue(keyNumber) ?? throw new ProtocolException($"no coordinator record has a key of number {keyNumber}");
        var reader = new WireReader(bytes);
        version = reader.ReadInt16();
        value.Read(ref reader, version);
        reader.ExpectEnd();
        return value;
    }

    private static byte[] WriteNumbered(short number, IKeyedMessage message, short version)
    {
        WireSize size = default;
        size.Add(sizeof(short));
        message.Measure(ref size, version);
        byte[] bytes = new byte[size.Total];
        var writer = new WireWriter(bytes);
        writer.WriteInt16(number);
        message.Write(ref writer, version);
        MessageExtensions.Invariant(writer.Position == bytes.Length, message, version);
        return bytes;
    }
}
