using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.CustomResources;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;

namespace Sluice.Local.ApiServer.Strategies.Kinds;

/// <summary>
/// Custom resource definitions. What a controller does in a real cluster some moments later is done at once: names are
/// accepted and the kind is established when the definition is written.
/// </summary>
internal sealed class DefinitionStrategy : ResourceStrategy
{
    public const string CleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

    public override bool HasStatus => true;

    public override bool AllowsUnconditionalUpdate => false;

    public override void SetDefaults(JsonObject item)
    {
        var spec = item.Ensure("spec");
        var names = spec.Ensure("names");
        if (names.String("kind") is { Length: > 0 } kind)
        {
            names.Default("singular", kind.ToLowerInvariant());
            names.Default("listKind", kind + "List");
        }

        spec.Default("conversion", new JsonObject { ["strategy"] = "None" });
    }

    public override void PrepareForCreate(WriteContext context, JsonObject item)
    {
        base.PrepareForCreate(context, item);
        ObjectMeta.SetFinalizers(item, [.. ObjectMeta.Finalizers(item).Append(CleanupFinalizer).Distinct()]);
        SetStatus(context, item);
    }

    public override void PrepareForUpdate(WriteContext context, JsonObject item, JsonObject old)
    {
        base.PrepareForUpdate(context, item, old);
        if (!Json.Same(item["spec"], old["spec"]))
            SetStatus(context, item);
    }

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors) => new DefinitionValidation(context.Warnings, errors).Check(item);

    public override void ValidateUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors)
    {
        foreach (var path in new[] { "group", "scope" })
        {
            if (!Json.Same(item.At("spec", path), old.At("spec", path)))
                errors.Add(FieldError.Invalid($"spec.{path}", item.At("spec", path), "field is immutable"));
        }

        foreach (var name in new[] { "plural", "kind" })
        {
            if (!Json.Same(item.At("spec", "names", name), old.At("spec", "names", name)))
                errors.Add(FieldError.Invalid($"spec.names.{name}", item.At("spec", "names", name), "field is immutable"));
        }

        var served = item["spec"].Array("versions").Objects().Select(version => version.String("name")).ToHashSet();
        foreach (var stored in old["status"].Array("storedVersions").Strings().Where(name => !served.Contains(name)))
        {
            errors.Add(FieldError.Invalid(
                "status.storedVersions[0]", stored, $"missing from spec.versions; {stored} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {stored} and removes {stored} from status.storedVersions"));
        }
    }

    private static void SetStatus(WriteContext context, JsonObject item)
    {
        var spec = item.Object("spec")!;
        var status = item.Ensure("status");
        status["storedVersions"] = Json.StringArray(
            status.Array("storedVersions").Strings()
                .Union(spec.Array("versions").Objects().Where(version => version.Bool("storage") == true).Select(version => version.String("name") ?? "")));
        DefinitionNames.Settle(item, context.Store.HeadOf(CustomResourceRegistry.Definitions).All().Select(one => one.Body), context.Now);
    }
}
