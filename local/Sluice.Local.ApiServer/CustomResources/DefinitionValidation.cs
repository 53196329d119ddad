using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Strategies;

namespace Sluice.Local.ApiServer.CustomResources;

/// <summary>Checks a custom resource definition as the real server does before it takes one.</summary>
internal sealed class DefinitionValidation(List<string> warnings, List<FieldError> errors)
{
    private static readonly string[] ColumnTypes = ["boolean", "date", "integer", "number", "string"];

    public void Check(JsonObject definition)
    {
        var spec = definition.Object("spec")!;
        var (group, plural) = (spec.String("group") ?? "", spec.At("names").String("plural") ?? "");
        if (ObjectMeta.Name(definition) != $"{plural}.{group}")
            errors.Add(FieldError.Invalid("metadata.name", ObjectMeta.Name(definition), "must be spec.names.plural+\".\"+spec.group"));
        CheckGroup(group);
        CheckNames(spec.Object("names")!);
        if (spec.String("scope") is not ("Cluster" or "Namespaced"))
            errors.Add(spec.String("scope") is { Length: > 0 } scope ? FieldError.NotSupported("spec.scope", JsonValue.Create(scope), ["Cluster", "Namespaced"]) : FieldError.Required("spec.scope"));
        if (spec.Bool("preserveUnknownFields") == true)
            errors.Add(FieldError.Invalid("spec.preserveUnknownFields", JsonValue.Create(true), "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"));
        CheckConversion(spec["conversion"] as JsonObject);
        CheckVersions(spec);
    }

    private void CheckGroup(string group)
    {
        if (group.Length == 0)
            errors.Add(FieldError.Required("spec.group"));
        else if (!group.Contains('.', StringComparison.Ordinal))
            errors.Add(FieldError.Invalid("spec.group", group, "should be a domain with at least one dot"));
        else
            NameRules.Subdomain(group, "spec.group", errors);
        if ((group.EndsWith(".k8s.io", StringComparison.Ordinal) || group.EndsWith(".kubernetes.io", StringComparison.Ordinal)) && errors.Count == 0)
            errors.Add(FieldError.Required("metadata.annotations[api-approved.kubernetes.io]", "protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111"));
    }

    private void CheckNames(JsonObject names)
    {
        foreach (var name in new[] { "plural", "singular" })
        {
            if (names.String(name) is { Length: > 0 } text)
                NameRules.Label1035(text, $"spec.names.{name}", errors);
            else if (name == "plural")
                errors.Add(FieldError.Required("spec.names.plural"));
        }

        foreach (var name in new[] { "kind", "listKind" })
        {
            if (names.String(name) is not { Length: > 0 } text)
                errors.Add(FieldError.Required($"spec.names.{name}"));
            else if (!text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') || !char.IsAsciiLetter(text[0]))
                errors.Add(FieldError.Invalid($"spec.names.{name}", text, "may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"));
        }

        if (names.String("kind") is { Length: > 0 } kind && kind == names.String("listKind"))
            errors.Add(FieldError.Invalid("spec.names.listKind", kind, "kind and listKind may not be the same"));
        foreach (var list in new[] { "shortNames", "categories" })
        {
            var index = 0;
            foreach (var name in names.Array(list).Strings())
                NameRules.Label1035(name, $"spec.names.{list}[{index++}]", errors);
        }
    }

    private void CheckConversion(JsonObject? conversion)
    {
        if (conversion.String("strategy") is "None")
            return;
        if (conversion.String("strategy") == "Webhook")
            errors.Add(FieldError.Invalid("spec.conversion.strategy", "Webhook", "the embedded control plane calls no webhooks; use None, with versions that differ in their schemas only"));
        else
            errors.Add(FieldError.NotSupported("spec.conversion.strategy", conversion?["strategy"], ["None", "Webhook"]));
    }

    private void CheckVersions(JsonObject spec)
    {
        var versions = spec.Array("versions").Objects().ToList();
        if (versions.Count == 0)
            errors.Add(FieldError.Required("spec.versions", "must have at least one version"));
        if (versions.Select(version => version.String("name")).Distinct().Count() != versions.Count)
            errors.Add(FieldError.Invalid("spec.versions", spec["versions"], "must contain unique version names"));
        if (versions.Count(version => version.Bool("storage") == true) != 1)
            errors.Add(FieldError.Invalid("spec.versions", spec["versions"], "must have exactly one version marked as storage version"));
        // What all versions share is reported where the oldest form of definitions had it.
        var first = versions.FirstOrDefault();
        for (var i = 0; i < versions.Count; i++)
        {
            var version = versions[i];
            NameRules.Label1035(version.String("name") ?? "", $"spec.versions[{i}].name", errors);
            bool Shared(string field) => versions.All(other => Json.Same(other[field], first![field]));
            if (!Shared("schema") || i == 0)
                CheckSchema(version, i, Shared("schema") ? "spec.validation" : $"spec.versions[{i}].schema");
            if (!Shared("subresources") || i == 0)
                CheckSubresources(version.Object("subresources"), Shared("subresources") ? "spec.subresources" : $"spec.versions[{i}].subresources");
            if (!Shared("additionalPrinterColumns") || i == 0)
                CheckColumns(version.Array("additionalPrinterColumns"), Shared("additionalPrinterColumns") ? "spec.additionalPrinterColumns" : $"spec.versions[{i}].additionalPrinterColumns");
        }
    }

    private void CheckSchema(JsonObject version, int index, string path)
    {
        if (version["schema"].Object("openAPIV3Schema") is not { } schema)
        {
            errors.Add(FieldError.Required($"spec.versions[{index}].schema.openAPIV3Schema"));
            return;
        }

        new StructuralValidation(warnings, errors).CheckRoot(schema, $"{path}.openAPIV3Schema");
    }

    private void CheckSubresources(JsonObject? subresources, string path)
    {
        if (subresources.Object("scale") is not { } scale)
            return;
        CheckPath(scale.String("specReplicasPath"), ".spec.", $"{path}.scale.specReplicasPath");
        CheckPath(scale.String("statusReplicasPath"), ".status.", $"{path}.scale.statusReplicasPath");
        if (scale.String("labelSelectorPath") is { Length: > 0 } selector && !selector.StartsWith(".spec.", StringComparison.Ordinal) && !selector.StartsWith(".status.", StringComparison.Ordinal))
            errors.Add(FieldError.Invalid($"{path}.scale.labelSelectorPath", selector, "should be a json path under .spec or .status"));
    }

    private void CheckPath(string? path, string under, string field)
    {
        if (path is not { Length: > 0 })
            errors.Add(FieldError.Required(field));
        else if (!IsSimple(path))
            errors.Add(FieldError.Invalid(field, path, "must be a simple json path starting with ."));
        else if (!path.StartsWith(under, StringComparison.Ordinal))
            errors.Add(FieldError.Invalid(field, path, $"should be a json path under {under.TrimEnd('.')}"));
    }

    private void CheckColumns(JsonArray? columns, string path)
    {
        var index = 0;
        foreach (var column in columns.Objects())
        {
            var field = $"{path}[{index++}]";
            if (column.String("name") is not { Length: > 0 })
                errors.Add(FieldError.Required($"{field}.name"));
            if (column.String("type") is not { Length: > 0 } type)
                errors.Add(FieldError.Required($"{field}.type", $"must be one of {string.Join(',', ColumnTypes)}"));
            else if (!ColumnTypes.Contains(type))
                errors.Add(FieldError.Invalid($"{field}.type", type, $"must be one of {string.Join(',', ColumnTypes)}"));
            CheckColumnPath(column.String("jsonPath") ?? "", $"{field}.JSONPath");
        }
    }

    private void CheckColumnPath(string path, string field)
    {
        if (path.Length == 0)
        {
            errors.Add(FieldError.Required(field));
            return;
        }

        if (path[0] != '.')
        {
            errors.Add(FieldError.Invalid(field, path, "must be a simple json path starting with ."));
            return;
        }

        try
        {
            JsonPathReader.Parse(path);
        }
        catch (FormatException error)
        {
            errors.Add(FieldError.Invalid(field, path, $"is an invalid jsonpath or one that the embedded control plane does not support: {error.Message}"));
        }
    }

    private static bool IsSimple(string path) => path[0] == '.' && !path.Contains('[', StringComparison.Ordinal);
}
