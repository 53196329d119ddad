namespace Sluice.Core.Metadata.Images;

/// <summary>
/// The metadata log or a snapshot holds what cannot be replayed: a record of a newer version, of a kind that is not known, or one that
/// contradicts those before it. The node must not start: it would lose or invent metadata.
/// </summary>
public sealed class MetadataCorruptException(string message) : Exception(message);
