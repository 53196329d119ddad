using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Strategies;

namespace Sluice.Local.ApiServer.Operations;

/// <summary>The metadata that all kinds have: what the server sets in it, and what may stand in it.</summary>
internal static class ObjectMeta
{
    private const int AnnotationBytesMax = 256 << 10;
    private const string NameAlphabet = "bcdfghjklmnpqrstvwxz2456789";
    private const int NameSuffixLength = 5;
    private const int GeneratedBaseLengthMax = 63 - NameSuffixLength;

    public static string Name(JsonObject item) => item.At("metadata", "name") is { } name ? Json.AsString(name) ?? "" : "";

    public static string? Namespace(JsonObject item) => Json.AsString(item.At("metadata", "namespace"));

    public static string Uid(JsonObject item) => Json.AsString(item.At("metadata", "uid")) ?? "";

    public static bool IsTerminating(JsonObject item) => item.At("metadata", "deletionTimestamp") is not null;

    public static IReadOnlyList<string> Finalizers(JsonObject item) => [.. item["metadata"].Array("finalizers").Strings()];

    public static void SetFinalizers(JsonObject item, IReadOnlyList<string> finalizers)
    {
        if (finalizers.Count == 0)
            item.Object("metadata")?.Remove("finalizers");
        else
            item.Ensure("metadata")["finalizers"] = Json.StringArray(finalizers);
    }

    /// <summary>A name that is very likely new: the prefix and five characters that spell no words.</summary>
    public static string Generate(string prefix)
    {
        var head = prefix.Length > GeneratedBaseLengthMax ? prefix[..GeneratedBaseLengthMax] : prefix;
        return head + RandomNumberGenerator.GetString(NameAlphabet, NameSuffixLength);
    }

    /// <summary>Takes out what counts as absent: nulls, and empty texts, lists and maps that have no meaning.</summary>
    public static void Normalize(JsonObject item)
    {
        var meta = item.Ensure("metadata");
        foreach (var (key, value) in meta.ToList())
        {
            var empty = value is null or JsonObject { Count: 0 } or JsonArray { Count: 0 } || Json.AsString(value) is { Length: 0 };
            if (empty && key != "managedFields")
                meta.Remove(key);
        }
    }

    /// <summary>Brings metadata into the order in which it is usually shown.</summary>
    public static void SetForCreate(ResourceInfo resource, JsonObject item, string? ns, DateTimeOffset now)
    {
        var meta = item.Ensure("metadata");
        foreach (var key in new[] { "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion" })
            meta.Remove(key);
        if (resource.Namespaced)
            meta["namespace"] = ns;
        else
            meta.Remove("namespace");
        if (!resource.Strategy.HasGeneration)
            meta.Remove("generation");
        meta["uid"] = Guid.NewGuid().ToString();
        meta["creationTimestamp"] = ApiCore.Timestamp(now);
    }

    /// <summary>What an update may not change is taken from the stored object.</summary>
    public static void SetForUpdate(JsonObject item, JsonObject old)
    {
        var (meta, before) = (item.Ensure("metadata"), old.Ensure("metadata"));
        foreach (var key in new[] { "uid", "creationTimestamp", "namespace", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generateName" })
        {
            // A uid or name that differs has been refused before; the rest the server simply keeps.
            if (before.TryGetPropertyValue(key, out var value))
                meta[key] = value.CopyOrNull();
            else
                meta.Remove(key);
        }
    }

    public static void Validate(ResourceInfo resource, JsonObject item, List<FieldError> errors)
    {
        var meta = item.Object("metadata")!;
        if (meta.String("generateName") is { Length: > 0 } prefix)
            resource.Strategy.ValidateName(prefix.TrimEnd('-') + "a", "metadata.generateName", errors);
        if (meta.String("name") is not { Length: > 0 } name)
            errors.Add(FieldError.Required("metadata.name", "name or generateName is required"));
        else
            resource.Strategy.ValidateName(name, "metadata.name", errors);
        ValidateLabels(meta["labels"], "metadata.labels", errors);
        ValidateAnnotations(meta["annotations"], errors);
        ValidateOwners(meta.Array("ownerReferences"), errors);
        ValidateFinalizers(meta.Array("finalizers"), errors);
    }

    public static void ValidateLabels(JsonNode? labels, string field, List<FieldError> errors)
    {
        foreach (var (key, value) in labels as JsonObject ?? [])
        {
            foreach (var text in NameRules.QualifiedNameProblems(key))
                errors.Add(FieldError.Invalid(field, key, text));
            foreach (var text in NameRules.LabelValueProblems(Json.AsString(value) ?? ""))
                errors.Add(FieldError.Invalid(field, Json.AsString(value) ?? "", text));
        }
    }

    private static void ValidateAnnotations(JsonNode? annotations, List<FieldError> errors)
    {
        long total = 0;
        foreach (var (key, value) in annotations as JsonObject ?? [])
        {
            foreach (var text in NameRules.QualifiedNameProblems(key.ToLowerInvariant()))
                errors.Add(FieldError.Invalid("metadata.annotations", key, text));
            total += key.Length + (Json.AsString(value)?.Length ?? 0);
        }

        if (total > AnnotationBytesMax)
            errors.Add(FieldError.TooLong("metadata.annotations", $"may not be more than {AnnotationBytesMax} bytes"));
    }

    private static void ValidateOwners(JsonArray? owners, List<FieldError> errors)
    {
        var controllers = 0;
        for (var i = 0; i < (owners?.Count ?? 0); i++)
        {
            var field = $"metadata.ownerReferences[{i}]";
            foreach (var key in new[] { "apiVersion", "kind", "name", "uid" })
            {
                if (owners![i].String(key) is not { Length: > 0 })
                    errors.Add(FieldError.Invalid($"{field}.{key}", "", key == "apiVersion" ? "version must not be empty" : $"{key} must not be empty"));
            }

            if (owners![i].Bool("controller") == true && ++controllers > 1)
                errors.Add(FieldError.Invalid("metadata.ownerReferences", owners, "Only one reference can have Controller set to true."));
        }
    }

    private static void ValidateFinalizers(JsonArray? finalizers, List<FieldError> errors)
    {
        foreach (var name in finalizers.Strings())
        {
            foreach (var text in NameRules.QualifiedNameProblems(name))
                errors.Add(FieldError.Invalid("metadata.finalizers", name, text));
        }
    }
}
