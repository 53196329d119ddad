using System.Text.Json.Nodes;
using Sluice.Local.Api.Documents;
using Sluice.Local.Api.Strategies;

namespace Sluice.Local.Api.CustomResources;

/// <summary>How objects of custom kinds are written.</summary>
internal sealed class CustomStrategy(CustomVersion version) : ResourceStrategy
{
    private readonly bool _hasStatus = version.Version["subresources"].Object("status") is not null;

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
        Restore(item, old, "metadata");
        if (managers is not null)
            item.Ensure("metadata")["managedFields"] = managers;
    }

    public override IReadOnlyList<string> ResetFields(string? subresource) =>
        subresource == "status" ? ["metadata", "spec"] : _hasStatus ? ["status"] : [];
}
