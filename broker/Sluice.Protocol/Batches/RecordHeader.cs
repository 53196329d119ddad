namespace Sluice.Protocol.Batches;

/// <summary>A header of a record (KIP-82).</summary>
/// <param name="Key">Name; may occur more than once in a record.</param>
/// <param name="Value">Value, or null.</param>
public readonly record struct RecordHeader(string Key, ReadOnlyMemory<byte>? Value);
