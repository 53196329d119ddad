using System.Text.Json;
using System.Text.Json.Serialization;
using k8s.Models;

namespace Sluice.Kubernetes.Serialization;

/// <summary>
/// Skips <c>metadata.managedFields</c>: no class of ours needs it, and it makes up half of the memory of small objects. An object
/// that is written back without it keeps it. Read the object as a tree to see who owns which field.
/// </summary>
internal sealed class ManagedFieldsConverter : JsonConverter<IList<V1ManagedFieldsEntry>>
{
    public override IList<V1ManagedFieldsEntry>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        reader.Skip();
        return null;
    }

    public override void Write(Utf8JsonWriter writer, IList<V1ManagedFieldsEntry> value, JsonSerializerOptions options) =>
        throw new NotSupportedException("metadata.managedFields belongs to the API server: it is never written.");
}
