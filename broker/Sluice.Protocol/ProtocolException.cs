namespace Sluice.Protocol;

/// <summary>Bytes from outside break the protocol. The message says what was read, where, and what was wrong; the sender cannot be answered.</summary>
public sealed class ProtocolException(string message) : Exception(message);
