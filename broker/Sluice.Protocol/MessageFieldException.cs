namespace Sluice.Protocol;

/// <summary>
/// A message cannot be written as it stands: a field is null, too long, or set in a version that lacks it. This is an error of
/// whoever filled the message, never of the peer.
/// </summary>
public sealed class MessageFieldException(string message) : Exception(message);
