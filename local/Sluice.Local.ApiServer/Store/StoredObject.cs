using System.Text.Json.Nodes;

namespace Sluice.Local.ApiServer.Store;

/// <summary>
/// An object at one revision. The body is shared by all readers and is never changed: who wants to change it copies it first.
/// </summary>
/// <param name="Key">"namespace/name", or the name alone for what has no namespace.</param>
/// <param name="Revision">The store's revision that wrote it, which is also its metadata.resourceVersion.</param>
/// <param name="Body">The object in its storage version.</param>
/// <param name="Utf8">The same as JSON text: what the journal holds and what most answers send.</param>
internal sealed record StoredObject(string Key, long Revision, JsonObject Body, ReadOnlyMemory<byte> Utf8);

/// <summary>What happened to an object.</summary>
internal enum ChangeType : byte
{
    Put = 1,
    Delete = 2,
}

/// <summary>A committed change.</summary>
/// <param name="Kind">The kind's name in the store.</param>
/// <param name="Type">What happened.</param>
/// <param name="Object">The object after the change; for a deletion its last state, with the revision of the deletion.</param>
/// <param name="Previous">The state before; null for an object that is new.</param>
/// <param name="Before">All objects of the kind before the change.</param>
/// <param name="After">All objects of the kind after it.</param>
internal sealed record StoreEvent(string Kind, ChangeType Type, StoredObject Object, StoredObject? Previous, ObjectSet Before, ObjectSet After)
{
    public long Revision => Object.Revision;
}
