using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Cel;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Strategies;

namespace Sluice.Local.ApiServer.CustomResources;

/// <summary>How objects of custom kinds are written.</summary>
internal sealed class CustomStrategy(CustomVersion version) : ResourceStrategy
{
    private readonly bool _hasStatus = version.Version["subresources"].Object("status") is not null;
    private readonly Lazy<CelRules> _rules = new(() => CelRules.Compile(version.Schema));

    public override bool HasStatus => _hasStatus;

    public override bool HasGeneration => true;

    public override bool AllowsUnconditionalUpdate => false;

    /// <summary>All but metadata and, where it has a path of its own, the status.</summary>
    public override bool ChangesGeneration(JsonObject item, JsonObject old) =>
        item.Select(pair => pair.Key).Union(old.Select(pair => pair.Key))
            .Any(key => key != "metadata" && key != "apiVersion" && !(key == "status" && _hasStatus) && !Json.Same(item[key], old[key]));

    /// <summary>Only the status changes, and the record of who manages it.</summary>
    public override void PrepareForStatusUpdate(WriteContext context, JsonObject item, JsonObject old)
    {
        foreach (var key in item.Select(pair => pair.Key).Union(old.Select(pair => pair.Key)).ToList())
        {
            if (key is not ("status" or "metadata"))
                Restore(item, old, key);
        }

        var managers = item["metadata"].Array("managedFields").CopyOrNull();
        var resourceVersion = item["metadata"].String("resourceVersion");
        Restore(item, old, "metadata");
        var meta = item.Ensure("metadata");
        meta["resourceVersion"] = resourceVersion;
        if (managers is not null)
            meta["managedFields"] = managers;
    }

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors) => Check(item, null, errors);

    public override void ValidateReplacement(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors) => Check(item, old, errors);

    public override void ValidateStatusUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors) => Check(item, old, errors);

    public override IReadOnlyList<string> ResetFields(string? subresource) =>
        subresource == "status" ? ["metadata", "spec"] : _hasStatus ? ["status"] : [];

    private void Check(JsonObject item, JsonObject? old, List<FieldError> errors)
    {
        var found = new List<FieldError>();
        ValueValidation.Validate(version.Schema, item, found);
        if (old is not null)
            Forgive(found, old);
        errors.AddRange(found);
        if (found.Any(error => error.Blocks))
        {
            if (_rules.Value.IsEmpty)
                return;
            errors.Add(new FieldError(
                "FieldValueInvalid", ValueValidation.NoField,
                "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"));
            return;
        }

        _rules.Value.Validate(item, old, errors);
    }

    /// <summary>An update is not refused for what was wrong before it and it leaves alone.</summary>
    private void Forgive(List<FieldError> found, JsonObject old)
    {
        if (found.Count == 0)
            return;
        var before = new List<FieldError>();
        ValueValidation.Validate(version.Schema, old, before);
        found.RemoveAll(before.Contains);
    }
}
