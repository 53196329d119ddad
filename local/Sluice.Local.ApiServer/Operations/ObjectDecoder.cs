using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Operations;

/// <summary>Brings a document from outside into the form in which objects of its kind are kept: checked, pruned, defaulted.</summary>
internal static class ObjectDecoder
{
    /// <summary>Changes the document in place.</summary>
    public static void Decode(ResourceInfo resource, JsonObject item, IReadOnlyList<string> duplicates, WriteOptions options)
    {
        CheckKind(resource, item);
        TypeCheck(resource, item);
        var unknown = new List<string>();
        Pruner.Prune(resource.Schema, item, isRoot: true, unknown);
        Report(resource, duplicates.Select(path => $"duplicate field \"{path}\"").Concat(unknown.Select(path => $"unknown field \"{path}\"")), options);
        ObjectMeta.Normalize(item);
        try
        {
            Default(resource, item);
        }
        catch (FormatException error)
        {
            throw NotHandled(resource, error.Message);
        }
    }

    public static void Default(ResourceInfo resource, JsonObject item)
    {
        if (resource.Custom is null)
            Normalizer.Normalize(resource.Schema, item);
        Defaulter.Default(resource.Schema, item);
        resource.Strategy.SetDefaults(item);
    }

    private static void TypeCheck(ResourceInfo resource, JsonObject item)
    {
        var schema = resource.Custom is null ? resource.Schema : SchemaProvider.Instance.Named(SchemaProvider.ObjectMeta);
        var problem = resource.Custom is null
            ? TypeChecker.Check(schema, item, resource.Kind)
            : TypeChecker.Check(schema, item["metadata"], "ObjectMeta", ".metadata");
        if (problem is not null)
            throw NotHandled(resource, problem.Message);
    }

    private static ApiError NotHandled(ResourceInfo resource, string problem) =>
        ApiError.BadRequest($"{resource.Kind} in version {FieldError.Quote(resource.Version)} cannot be handled as a {resource.Kind}: {problem}");

    private static void CheckKind(ResourceInfo resource, JsonObject item)
    {
        var (apiVersion, kind) = (item.String("apiVersion"), item.String("kind"));
        // The path says what the object is; both may be left out. They come first, where a reader looks for them.
        item.Remove("apiVersion");
        item.Remove("kind");
        item.Insert(0, "kind", resource.Kind);
        item.Insert(1, "apiVersion", resource.ApiVersion);
        if (apiVersion is { Length: > 0 } && apiVersion != resource.ApiVersion)
            throw ApiError.BadRequest($"the API version in the data ({apiVersion}) does not match the expected API version ({resource.ApiVersion})");
        if (kind is { Length: > 0 } && kind != resource.Kind)
            throw ApiError.BadRequest($"the kind in the data ({kind}) does not match the expected kind ({resource.Kind})");
    }

    private static void Report(ResourceInfo resource, IEnumerable<string> problems, WriteOptions options)
    {
        var list = problems.ToList();
        if (list.Count == 0 || options.Validation == FieldValidation.Ignore)
            return;
        if (options.Validation == FieldValidation.Strict)
            throw NotHandled(resource, "strict decoding error: " + string.Join(", ", list));

        options.Warnings.AddRange(list);
    }
}
