using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Resources;

namespace Sluice.Local.ApiServer.Ownership;

/// <summary>
/// The annotation in which kubectl's client-side apply remembers what it applied. It lets kubectl go over to server-side apply
/// without a conflict with itself, and back.
/// </summary>
internal static class LastApplied
{
    private const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";
    private const string Manager = "kubectl";

    /// <summary>Keeps the annotation, where there is one, in step with what kubectl applies.</summary>
    public static void Follow(JsonObject live, JsonObject merged, JsonObject config, FieldWriter writer)
    {
        if (!IsKubectl(writer) || live.At("metadata", "annotations", Annotation) is null)
            return;
        if (merged.At("metadata", "annotations") is JsonObject annotations)
            annotations[Annotation] = Json.ToText(config) + "\n";
    }

    /// <summary>The fields that kubectl may take over: those it applied before and nobody has changed since.</summary>
    public static FieldSet Takeover(ResourceInfo resource, JsonObject live, FieldWriter writer)
    {
        if (!IsKubectl(writer) || Json.AsString(live.At("metadata", "annotations", Annotation)) is not { } text)
            return new FieldSet();
        JsonObject applied;
        try
        {
            applied = DocumentReader.ReadObject(text);
        }
        catch (JsonException)
        {
            // Somebody has put something else there; then nothing is known to be kubectl's.
            return new FieldSet();
        }

        var change = FieldComparison.Of(resource.Schema, applied, live);
        return FieldPaths.Of(resource.Schema, applied).Difference(change.Modified).Difference(change.Removed);
    }

    private static bool IsKubectl(FieldWriter writer) => writer.Manager == Manager && writer.Subresource is null;
}
