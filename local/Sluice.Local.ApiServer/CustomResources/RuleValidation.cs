using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Cel;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.CustomResources;

/// <summary>Checks the CEL rules of a schema: that they compile, give a bool, and look back only where there is something to look back to.</summary>
internal sealed class RuleValidation(List<FieldError> errors)
{
    private static readonly string[] Reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

    public void CheckRoot(JsonObject source, string path)
    {
        // Rules at the root see metadata as all objects have it.
        var version = new JsonObject { ["schema"] = new JsonObject { ["openAPIV3Schema"] = source.Copy() } };
        Check(CustomDefinition.SchemaOf(version), path, uncorrelatable: null);
    }

    private void Check(Schema schema, string path, string? uncorrelatable)
    {
        var index = 0;
        foreach (var rule in schema.Source.Array("x-kubernetes-validations").Objects())
            CheckRule(rule, schema, $"{path}.x-kubernetes-validations[{index++}]", uncorrelatable);
        foreach (var (name, field) in schema.Properties.Where(pair => pair.Value.IsStructural))
            Check(field, $"{path}.properties[{name}]", uncorrelatable);
        if (schema.AdditionalProperties is { } values)
            Check(values, $"{path}.additionalProperties", uncorrelatable);
        if (schema.Items is { } items)
            Check(items, $"{path}.items", uncorrelatable ?? (schema.ListKind == ListKind.Map ? null : path));
    }

    private void CheckRule(JsonObject rule, Schema schema, string path, string? uncorrelatable)
    {
        var text = rule.String("rule") ?? "";
        if (text.Trim().Length == 0)
        {
            errors.Add(FieldError.Required($"{path}.rule", "rule is not specified"));
            return;
        }

        if (rule.String("message") is { } message && (message.Trim().Length == 0 || message.Contains('\n', StringComparison.Ordinal)))
            errors.Add(FieldError.Invalid($"{path}.message", message, "message must be non-empty and must not contain line breaks"));
        if (rule.String("reason") is { Length: > 0 } reason && !Reasons.Contains(reason))
            errors.Add(FieldError.NotSupported($"{path}.reason", JsonValue.Create(reason), Reasons));
        CheckFieldPath(rule, schema, path);
        try
        {
            CheckCompiled(CelRule.Compile(rule, schema), rule, path, uncorrelatable);
        }
        catch (FormatException error)
        {
            errors.Add(FieldError.Invalid($"{path}.rule", Shown(rule), error.Message));
        }
    }

    private void CheckCompiled(CelRule compiled, JsonObject rule, string path, string? uncorrelatable)
    {
        if (compiled.Program.Type.Kind is not (CelKind.Bool or CelKind.Dyn))
            errors.Add(FieldError.Invalid($"{path}.rule", Shown(rule), "cel expression must evaluate to a bool"));
        if (compiled.MessageProgram is { Type.Kind: not (CelKind.String or CelKind.Dyn) })
            errors.Add(FieldError.Invalid($"{path}.messageExpression", Shown(rule), "messageExpression must evaluate to a string"));
        if (compiled.Program.UsesOldSelf && uncorrelatable is not null)
            errors.Add(FieldError.Invalid($"{path}.rule", compiled.Rule, $"oldSelf cannot be used on the uncorrelatable portion of the schema within {uncorrelatable}"));
        if (compiled.OptionalOldSelf && !compiled.Program.UsesOldSelf)
            errors.Add(FieldError.Invalid($"{path}.optionalOldSelf", JsonValue.Create(true), "may not be set if oldSelf is not used in rule"));
    }

    /// <summary>A path of fields from the rule's place that the schema knows.</summary>
    private void CheckFieldPath(JsonObject rule, Schema schema, string path)
    {
        if (rule.String("fieldPath") is not { } text)
            return;
        try
        {
            if (text.Length == 0 || text.Trim() != text)
                throw new FormatException("is empty or has blanks around it");
            JsonPathReader.Parse(text);
            Schema? at = schema;
            foreach (var name in FieldNames(text))
                at = at?.Field(name);
            if (at is null)
                throw new FormatException("names no field");
        }
        catch (FormatException)
        {
            errors.Add(FieldError.Invalid($"{path}.fieldPath", text, "must be a valid path"));
        }
    }

    private static IEnumerable<string> FieldNames(string path) =>
        path.Replace("['", ".", StringComparison.Ordinal).Replace("']", "", StringComparison.Ordinal).TrimStart('.').Split('.');

    /// <summary>A rule as the real server shows it.</summary>
    private static JsonObject Shown(JsonObject rule) => new()
    {
        ["Rule"] = rule.String("rule"),
        ["Message"] = rule.String("message") ?? "",
        ["MessageExpression"] = rule.String("messageExpression") ?? "",
        ["Reason"] = rule["reason"].CopyOrNull(),
        ["FieldPath"] = rule.String("fieldPath") ?? "",
        ["OptionalOldSelf"] = rule["optionalOldSelf"].CopyOrNull(),
    };
}
