using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Resources;

namespace Sluice.Local.ApiServer.Ownership;

/// <summary>Who writes, by which path, and when.</summary>
internal sealed record FieldWriter(string Manager, string? Subresource, DateTimeOffset Now);

/// <summary>Keeps the record of which manager owns which field, for every write.</summary>
internal static class FieldManager
{
    private const string BeforeFirstApply = "before-first-apply";

    private static readonly FieldSet Unowned = Roots(
        ["apiVersion"], ["kind"], ["metadata", "name"], ["metadata", "namespace"], ["metadata", "creationTimestamp"], ["metadata", "selfLink"],
        ["metadata", "uid"], ["metadata", "generation"], ["metadata", "managedFields"], ["metadata", "resourceVersion"],
        ["metadata", "deletionTimestamp"], ["metadata", "deletionGracePeriodSeconds"]);

    /// <summary>Records a create (without an old state) or update: what differs belongs to the writer from now on.</summary>
    public static void Update(ResourceInfo resource, JsonObject item, JsonObject? old, FieldWriter writer)
    {
        var owners = OwnersFor(item, old, writer);
        item.Object("metadata")?.Remove("managedFields");
        var before = old?.Copy() ?? Zero(resource);
        before.Object("metadata")?.Remove("managedFields");
        // In a structure a null says no more than the field's absence.
        foreach (var (key, _) in item.Where(pair => resource.Custom is null && old is null && pair.Value is null))
            before.TryAdd(key, null);
        var change = Compare(resource, before, item, writer.Subresource);
        var me = new FieldOwner(writer.Manager, false, resource.ApiVersion, writer.Subresource ?? "", null, new FieldSet());
        var mine = owners.FirstOrDefault(owner => owner.IsSameAs(me));
        var others = TakeAway(owners.Where(owner => !owner.IsSameAs(me)), change);
        var fields = (mine?.Fields ?? new FieldSet()).Difference(change.Removed).Union(change.Modified).Union(change.Added);
        if (!fields.IsEmpty)
            others.Add(me with { Fields = fields, Time = mine is not null && mine.Fields.SameAs(fields) ? mine.Time : ApiCore.Timestamp(writer.Now) });
        ManagedFields.Write(item, others);
    }

    /// <summary>Merges an applied configuration into the live object.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="live">The object as it is; null when it will be created.</param>
    /// <param name="config">What the applier wants, and nothing else.</param>
    /// <param name="writer">The applier.</param>
    /// <param name="force">Takes over what others own.</param>
    /// <returns>The new state with its managers.</returns>
    /// <exception cref="ApiError">Others own fields that would change, and the applier does not force.</exception>
    public static JsonObject Apply(ResourceInfo resource, JsonObject? live, JsonObject config, FieldWriter writer, bool force)
    {
        var schema = resource.Schema;
        var before = live?.Copy() ?? Zero(resource);
        var owners = live is null ? [] : ManagedFields.Read(live);
        before.Object("metadata")?.Remove("managedFields");
        var stripped = Unowned.Union(ResetFields(resource, writer.Subresource));
        if (live is not null && owners.Count == 0)
            owners.Add(new FieldOwner(BeforeFirstApply, false, resource.ApiVersion, "", ApiCore.Timestamp(writer.Now), StripMeta(FieldPaths.Of(schema, before).WithoutTrees(Unowned))));
        var me = new FieldOwner(writer.Manager, true, resource.ApiVersion, writer.Subresource ?? "", null, new FieldSet());
        var mine = owners.FirstOrDefault(owner => owner.IsSameAs(me));
        var others = owners.Where(owner => !owner.IsSameAs(me)).ToList();
        var wanted = StripMeta(FieldPaths.Of(schema, config).WithoutTrees(stripped));
        var merged = (JsonObject)FieldMerge.Merge(schema, before, config)!;
        if (mine is not null)
            Prune(schema, merged, mine.Fields, others.Select(owner => owner.Fields).Append(wanted));
        var change = Compare(resource, before, merged, writer.Subresource);
        if (!force)
            ApplyConflicts.Check(others, change.Modified.Union(change.Added).Difference(LastApplied.Takeover(resource, before, writer)));
        others = TakeAway(others, change);
        // The time tells when the applier last changed something, not when it last said the same.
        var time = live is not null && Json.Same(before, merged) ? mine?.Time : ApiCore.Timestamp(writer.Now);
        others.Add(me with { Fields = wanted, Time = time });
        ManagedFields.Write(merged, others);
        return merged;
    }

    /// <summary>What an object is compared with that was not there: nothing, or all that is never absent.</summary>
    private static JsonObject Zero(ResourceInfo resource)
    {
        var result = resource.Custom is null ? ZeroOf(resource.Schema) : [];
        result["apiVersion"] = resource.ApiVersion;
        result["kind"] = resource.Kind;
        result.Ensure("metadata");
        return result;
    }

    private static JsonObject ZeroOf(Schemas.Schema schema)
    {
        var result = new JsonObject();
        foreach (var name in schema.Structs)
            result[name] = ZeroOf(schema.Field(name)!);
        foreach (var (name, field) in schema.Properties.Where(pair => pair.Value.Default is not null))
            result[name] = field.Default!.DeepClone();
        foreach (var name in schema.Required.Where(name => schema.Field(name) is { Type: Schemas.SchemaType.Array } or { IsMap: true }))
            result[name] = null;
        return result;
    }

    private static FieldComparison Compare(ResourceInfo resource, JsonObject before, JsonObject item, string? subresource)
    {
        var change = FieldComparison.Of(resource.Schema, before, item).Without(Unowned.Union(ResetFields(resource, subresource)));
        StripMeta(change.Added);
        return change;
    }

    private static FieldSet ResetFields(ResourceInfo resource, string? subresource) =>
        Roots([.. resource.Strategy.ResetFields(subresource).Select(field => new[] { field })]);

    /// <summary>metadata itself belongs to nobody, though fields in it do.</summary>
    private static FieldSet StripMeta(FieldSet fields)
    {
        if (fields.Find("f:metadata") is { } meta)
            meta.IsMember = false;
        return fields;
    }

    private static List<FieldOwner> OwnersFor(JsonObject item, JsonObject? old, FieldWriter writer)
    {
        // A client may edit the record itself through the main path; what it cannot mean is ignored.
        if (writer.Subresource is null && ManagedFields.IsReset(item))
            return [];
        var given = writer.Subresource is null ? ManagedFields.Read(item) : [];
        return given.Count > 0 || old is null ? given : ManagedFields.Read(old);
    }

    /// <summary>Others lose what was changed or removed.</summary>
    private static List<FieldOwner> TakeAway(IEnumerable<FieldOwner> others, FieldComparison change)
    {
        var result = new List<FieldOwner>();
        foreach (var owner in others)
        {
            var left = owner.Fields.Difference(change.Modified).Difference(change.Added).Difference(change.Removed);
            if (!left.IsEmpty)
                result.Add(owner with { Fields = left });
        }

        return result;
    }

    /// <summary>Removes what the applier owned, no longer wants, and nobody else owns or owns something inside of.</summary>
    private static void Prune(Schemas.Schema schema, JsonObject merged, FieldSet last, IEnumerable<FieldSet> owned)
    {
        var kept = WithParents(owned.Aggregate(new FieldSet(), (all, next) => all.Union(next)));
        FieldMerge.Remove(schema, merged, last.Difference(kept));
    }

    private static FieldSet WithParents(FieldSet set)
    {
        var result = new FieldSet();
        foreach (var (edge, entry) in set.Entries())
        {
            var copy = result.At(edge);
            copy.Below = WithParents(entry.Below);
            copy.IsMember = entry.IsMember || !copy.Below.IsEmpty;
        }

        return result;
    }

    private static FieldSet Roots(params string[][] paths) =>
        paths.Aggregate(new FieldSet(), (all, path) => all.Union(FieldSet.Of([.. path.Select(name => "f:" + name)])));
}
