using System.Text.Json.Nodes;
using Sluice.Local.Api.Documents;
using Sluice.Local.Api.Errors;
using Sluice.Local.Api.Operations;

namespace Sluice.Local.Api.Strategies.Kinds;

/// <summary>PersistentVolumeClaims.</summary>
internal sealed class ClaimStrategy() : BuiltInStrategy("io.k8s.api.core.v1.PersistentVolumeClaim")
{
    public const string Protection = "kubernetes.io/pvc-protection";
    private const string DefaultClass = "storageclass.kubernetes.io/is-default-class";

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    public override bool AnswersDeletedObject => true;

    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        item.Ensure("spec").Default("volumeMode", "Filesystem");
    }

    public override void PrepareForCreate(WriteContext context, JsonObject item)
    {
        base.PrepareForCreate(context, item);
        item["status"] = new JsonObject { ["phase"] = "Pending" };
        ObjectMeta.SetFinalizers(item, [.. ObjectMeta.Finalizers(item).Append(Protection).Distinct()]);
        var spec = item.Object("spec")!;
        var standard = context.Store.HeadOf("storage.k8s.io/storageclasses").All()
            .FirstOrDefault(one => Json.AsString(one.Body.At("metadata", "annotations", DefaultClass)) == "true");
        if (spec["storageClassName"] is null && standard is not null)
            spec["storageClassName"] = standard.Key;
    }

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors)
    {
        base.Validate(context, item, errors);
        var spec = item.Object("spec")!;
        if (spec.Array("accessModes") is not { Count: > 0 })
            errors.Add(FieldError.Required("spec.accessModes", "at least 1 access mode is required"));
        if (!Quantity.TryParse(Json.AsString(spec.At("resources", "requests", "storage")) ?? "", out var size))
            errors.Add(FieldError.Required("spec.resources[storage]"));
        else if (size.Sign <= 0)
            errors.Add(FieldError.Invalid("spec.resources[storage]", spec.At("resources", "requests", "storage"), "must be greater than zero"));
    }

    public override void ValidateUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors)
    {
        var (spec, before) = (item.Object("spec")!, old.Object("spec")!);
        var (now, then) = (Without(spec, "resources", "volumeAttributesClassName"), Without(before, "resources", "volumeAttributesClassName"));
        // A claim is bound by writing its volume's name, and may get a class while it has none.
        foreach (var field in new[] { "volumeName", "storageClassName" })
        {
            if (then[field] is null)
                now.Remove(field);
        }

        if (!Json.Same(now, then))
            errors.Add(FieldError.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"));
        var grown = Quantity.TryParse(Json.AsString(spec.At("resources", "requests", "storage")) ?? "", out var size)
            && Quantity.TryParse(Json.AsString(before.At("resources", "requests", "storage")) ?? "", out var had) && size.CompareTo(had) < 0;
        if (grown)
            errors.Add(FieldError.Forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"));
    }
}

/// <summary>PersistentVolumes.</summary>
internal sealed class VolumeStrategy() : BuiltInStrategy("io.k8s.api.core.v1.PersistentVolume")
{
    public const string Protection = "kubernetes.io/pv-protection";

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    public override bool AnswersDeletedObject => true;

    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        var spec = item.Ensure("spec");
        spec.Default("persistentVolumeReclaimPolicy", "Retain");
        spec.Default("volumeMode", "Filesystem");
        spec.Object("hostPath")?.Default("type", "");
    }

    public override void PrepareForCreate(WriteContext context, JsonObject item)
    {
        base.PrepareForCreate(context, item);
        item["status"] = new JsonObject { ["phase"] = "Pending" };
        ObjectMeta.SetFinalizers(item, [.. ObjectMeta.Finalizers(item).Append(Protection).Distinct()]);
    }

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors)
    {
        base.Validate(context, item, errors);
        foreach (var field in new[] { "accessModes", "capacity" })
        {
            if (item["spec"]![field] is null)
                errors.Add(FieldError.Required($"spec.{field}"));
        }
    }
}

/// <summary>StorageClasses.</summary>
internal sealed class StorageClassStrategy() : BuiltInStrategy("io.k8s.api.storage.v1.StorageClass")
{
    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        item.Default("reclaimPolicy", "Delete");
        item.Default("volumeBindingMode", "Immediate");
    }

    public override void ValidateUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors)
    {
        foreach (var field in new[] { "parameters", "provisioner", "reclaimPolicy", "volumeBindingMode" })
        {
            if (!Json.Same(item[field], old[field]))
                errors.Add(field == "provisioner" || field == "parameters"
                    ? FieldError.Forbidden(field, $"updates to {field} are forbidden.")
                    : FieldError.Invalid(field, item[field], "field is immutable"));
        }
    }
}
