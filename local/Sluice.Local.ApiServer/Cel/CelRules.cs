using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Cel;

/// <summary>The rules of a custom schema, each at its place.</summary>
internal sealed class CelRules
{
    private const long StepsPerRule = 10_000_000;

    private readonly Schema _schema;
    private readonly IReadOnlyList<CelRule> _rules;
    private readonly Dictionary<string, CelRules> _fields = new(StringComparer.Ordinal);
    private readonly CelRules? _values;
    private readonly CelRules? _items;

    private CelRules(Schema schema)
    {
        _schema = schema;
        _rules = [.. schema.Source.Array("x-kubernetes-validations").Objects().Select(entry => CelRule.Compile(entry, schema))];
        foreach (var (name, field) in schema.Properties.Where(pair => pair.Value.IsStructural))
        {
            var below = new CelRules(field);
            if (!below.IsEmpty)
                _fields[name] = below;
        }

        _values = schema.AdditionalProperties is { } values ? NonEmpty(new CelRules(values)) : null;
        _items = schema.Items is { } items ? NonEmpty(new CelRules(items)) : null;
    }

    /// <summary>There is no rule here nor below.</summary>
    public bool IsEmpty => _rules.Count == 0 && _fields.Count == 0 && _values is null && _items is null;

    public static CelRules Compile(Schema schema) => new(schema);

    /// <summary>Evaluates all rules; those that compare with an old state only where there is one.</summary>
    public void Validate(JsonNode? item, JsonNode? old, List<FieldError> errors)
    {
        if (!IsEmpty)
            Validate(item, old is not null, old, "", errors);
    }

    private void Validate(JsonNode? node, bool hasOld, JsonNode? old, string path, List<FieldError> errors)
    {
        if (node is null)
            return;
        ValidateHere(node, hasOld, old, path, errors);
        switch (node)
        {
            case JsonObject members:
                foreach (var (key, value) in members)
                {
                    if ((_fields.GetValueOrDefault(key) ?? _values) is not { } below)
                        continue;
                    JsonNode? before = null;
                    var had = hasOld && old is JsonObject was && was.TryGetPropertyValue(key, out before);
                    below.Validate(value, had, before, path.Length == 0 ? key : $"{path}.{key}", errors);
                }

                break;
            case JsonArray items when _items is not null:
                for (var i = 0; i < items.Count; i++)
                {
                    var before = hasOld ? Correlated(items[i], old as JsonArray) : null;
                    _items.Validate(items[i], before is not null, before, $"{path}[{i}]", errors);
                }

                break;
        }
    }

    private void ValidateHere(JsonNode node, bool hasOld, JsonNode? old, string path, List<FieldError> errors)
    {
        if (_rules.Count == 0)
            return;
        var unchanged = hasOld && Json.Same(node, old);
        var self = CelValues.From(_schema, node);
        var before = hasOld ? CelValues.From(_schema, old) : null;
        foreach (var rule in _rules)
        {
            if (rule.Program.UsesOldSelf ? !hasOld && !rule.OptionalOldSelf : unchanged)
                continue;
            object? oldValue = rule.OptionalOldSelf ? hasOld ? new CelOptional(true, before) : CelOptional.None : before;
            var variables = new Dictionary<string, object?> { ["self"] = self, ["oldSelf"] = oldValue };
            if (Evaluate(rule, variables, node, path) is { } error)
                errors.Add(error);
        }
    }

    private static FieldError? Evaluate(CelRule rule, Dictionary<string, object?> variables, JsonNode node, string path)
    {
        var budget = new CelBudget(StepsPerRule);
        try
        {
            if (rule.Program.Run(variables, budget) is true)
                return null;
        }
        catch (CelEvaluationException error)
        {
            return FieldError.Invalid(path, TypeName(node), Explain(error.Message, rule.Rule));
        }

        var field = rule.FieldPath is { Length: > 0 } below ? path + (path.Length == 0 ? below.TrimStart('.') : below) : path;
        return Failed(rule, field, node, MessageOf(rule, variables, budget));
    }

    private static FieldError Failed(CelRule rule, string field, JsonNode node, string message)
    {
        switch (rule.Reason)
        {
            case "FieldValueRequired":
                return FieldError.Required(field, message);
            case "FieldValueForbidden":
                return FieldError.Forbidden(field, message);
        }

        // Only scalars are shown: a whole object would hide the message.
        var shown = node is JsonValue && rule.FieldPath is not { Length: > 0 } ? $": {FieldError.Show(node)}" : "";
        var head = rule.Reason == "FieldValueDuplicate" ? "Duplicate value" : "Invalid value";
        return FieldError.Other(rule.Reason, field, $"{head}{shown}: {message}");
    }

    private static string MessageOf(CelRule rule, Dictionary<string, object?> variables, CelBudget budget)
    {
        var fallback = rule.Message is { Length: > 0 } given ? given.Trim() : $"failed rule: {rule.Rule.Trim()}";
        if (rule.MessageProgram is null)
            return fallback;
        try
        {
            return rule.MessageProgram.Run(variables, budget) is string { Length: > 0 } text && !text.Contains('\n', StringComparison.Ordinal) ? text.Trim() : fallback;
        }
        catch (CelEvaluationException)
        {
            // A message that cannot be made must not hide that the rule failed.
            return fallback;
        }
    }

    private static string Explain(string error, string rule)
    {
        if (error.StartsWith("no such overload", StringComparison.Ordinal))
            return $"'{error}': call arguments did not match a supported operator, function or macro signature for rule: {rule}";
        return error.StartsWith("operation cancelled", StringComparison.Ordinal)
            ? $"'{error}': no further validation rules will be run due to call cost exceeds limit for rule: {rule}"
            : $"{error} evaluating rule: {rule}";
    }

    private static string TypeName(JsonNode node) => node switch
    {
        JsonObject => "object",
        JsonArray => "array",
        _ when Json.AsString(node) is not null => "string",
        _ when Json.AsBool(node) is not null => "boolean",
        _ => Json.AsLong(node) is null ? "number" : "integer",
    };

    /// <summary>The same item before: items of a list can be found again by their keys only.</summary>
    private JsonNode? Correlated(JsonNode? item, JsonArray? old) =>
        _schema.ListKind != ListKind.Map || old is null || item is not JsonObject
            ? null
            : old.FirstOrDefault(before => _schema.MapKeys.All(key => Json.Same((before as JsonObject)?[key], item[key])));

    private static CelRules? NonEmpty(CelRules rules) => rules.IsEmpty ? null : rules;
}
