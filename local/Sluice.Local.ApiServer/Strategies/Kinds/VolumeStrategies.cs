using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;

namespace Sluice.Local.ApiServer.Strategies.Kinds;

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
        string[] free = old["status"].String("phase") == "Bound" ? ["resources", "volumeAttributesClassName"] : [];
        var (now, then) = (Without(spec, free), Without(before, free));
        // A claim is bound by writing its volume's name, and may get a class while it has none.
        foreach (var field in new[] { "volumeName", "storageClassName" })
        {
            if (then[field] is null)
                now.Remove(field);
        }

        if (!Json.Same(now, then))
            errors.Add(FieldError.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"));
        if (!Quantity.TryParse(Json.AsString(spec.At("resources", "requests", "storage")) ?? "", out var size)
            || !Quantity.TryParse(Json.AsString(before.At("resources", "requests", "storage")) ?? "", out var had))
            return;
        if (size.CompareTo(had) < 0)
            errors.Add(FieldError.Forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"));
        if (size.CompareTo(had) > 0 && errors.Count == 0 && !CanGrow(context, spec))
        {
            throw ApiError.Forbidden("", "persistentvolumeclaims", ObjectMeta.Name(item),
                "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize");
        }
    }

    private static bool CanGrow(WriteContext context, JsonObject spec) =>
        spec.String("storageClassName") is { Length: > 0 } name
        && context.Store.Head("storage.k8s.io/storageclasses", name)?.Body.Bool("allowVolumeExpansion") == true;
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

    public override void ValidateUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors)
    {
        // What is left without these is the source of the volume.
        string[] others = ["accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy", "storageClassName", "volumeAttributesClassName", "volumeMode"];
        if (!Json.Same(Without(item.Object("spec"), others), Without(old.Object("spec"), others)))
            errors.Add(FieldError.Forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation"));
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
