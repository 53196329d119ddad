using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;

namespace Sluice.Local.ApiServer.Strategies.Kinds;

/// <summary>Pods: defaults, what an admission adds to new ones, and the little that may change later.</summary>
internal sealed class PodStrategy() : BuiltInStrategy("io.k8s.api.core.v1.Pod")
{
    private const string MayNotChange =
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
        + "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    public override bool HasStatus => true;

    public override bool AnswersDeletedObject => true;

    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        var spec = item.Ensure("spec");
        PodTemplate.SetDefaults(spec);
        PodTemplate.SetRequests(spec);
        spec.Default("enableServiceLinks", true);
    }

    public override void PrepareForCreate(WriteContext context, JsonObject item)
    {
        base.PrepareForCreate(context, item);
        var spec = item.Object("spec")!;
        spec.Default("serviceAccountName", "default");
        spec["serviceAccount"] = spec["serviceAccountName"].CopyOrNull();
        spec.Default("priority", 0L);
        spec.Default("preemptionPolicy", "PreemptLowerPriority");
        CheckAccount(context, item, spec.String("serviceAccountName") ?? "default");
        AddTolerations(spec);
        item["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = QosClass(spec) };
    }

    public override void PrepareForUpdate(WriteContext context, JsonObject item, JsonObject old)
    {
        base.PrepareForUpdate(context, item, old);
        // Who sends a pod as the user first wrote it does not mean to take away what admission has added.
        foreach (var field in new[] { "serviceAccountName", "serviceAccount", "priority", "preemptionPolicy", "tolerations", "nodeName" })
        {
            if (item["spec"] is JsonObject spec && spec[field] is null && old.At("spec", field) is { } kept)
                spec[field] = kept.DeepClone();
        }
    }

    public override void PrepareForStatusUpdate(WriteContext context, JsonObject item, JsonObject old)
    {
        base.PrepareForStatusUpdate(context, item, old);
        // As Kubernetes: a node that has not heard yet that the pod lost its owner must not bring it back, or the pod is collected.
        var owners = old.At("metadata", "ownerReferences")?.DeepClone();
        if (owners is null)
            item.Object("metadata")?.Remove("ownerReferences");
        else
            item.Ensure("metadata")["ownerReferences"] = owners;
    }

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors)
    {
        base.Validate(context, item, errors);
        PodSpecValidation.Validate(item.Object("spec")!, "spec", errors);
    }

    public override void ValidateUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors)
    {
        var (now, before) = (Comparable(item), Comparable(old));
        // A scheduler may bind a pod by writing its node, as well as through the binding path.
        if (before["nodeName"] is null)
            now.Remove("nodeName");
        if (!Json.Same(now, before))
            errors.Add(FieldError.Forbidden("spec", MayNotChange));
    }

    public override long GraceSeconds(JsonObject item, long? requested)
    {
        // Nobody needs time to stop what was never started or has ended.
        if (item["spec"].String("nodeName") is not { Length: > 0 } || item["status"].String("phase") is "Failed" or "Succeeded")
            return 0;
        return requested ?? item["spec"].Long("terminationGracePeriodSeconds") ?? 30;
    }

    /// <summary>The account named "default" of a new namespace may still be on its way, and no local pod needs one.</summary>
    private static void CheckAccount(WriteContext context, JsonObject item, string account)
    {
        var ns = ObjectMeta.Namespace(item);
        if (account != "default" && context.Store.Head("/serviceaccounts", $"{ns}/{account}") is null)
        {
            throw ApiError.Forbidden(
                "", "pods", ObjectMeta.Name(item), $"error looking up service account {ns}/{account}: serviceaccount {FieldError.Quote(account)} not found");
        }
    }

    private static JsonObject Comparable(JsonObject item)
    {
        var spec = Without(item.Object("spec"), "activeDeadlineSeconds", "tolerations");
        foreach (var container in spec.Array("containers").Objects().Concat(spec.Array("initContainers").Objects()))
        {
            container.Remove("image");
            container.Remove("imagePullPolicy");
        }

        return spec;
    }

    private static void AddTolerations(JsonObject spec)
    {
        if (spec.Array("tolerations") is not { } tolerations)
            spec["tolerations"] = tolerations = [];
        foreach (var key in new[] { "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable" })
        {
            var tolerated = tolerations.Objects().Any(entry =>
                (entry.String("key") == key || entry.String("key") is null or "") && entry.String("effect") is null or "" or "NoExecute");
            if (!tolerated)
                tolerations.Add((JsonNode)new JsonObject { ["key"] = key, ["operator"] = "Exists", ["effect"] = "NoExecute", ["tolerationSeconds"] = 300L });
        }
    }

    private static string QosClass(JsonObject spec)
    {
        var containers = spec.Array("containers").Objects().Concat(spec.Array("initContainers").Objects()).ToList();
        var any = containers.Any(container => container["resources"] is JsonObject { Count: > 0 });
        if (!any)
            return "BestEffort";
        var guaranteed = containers.All(container => new[] { "cpu", "memory" }.All(name =>
            container.At("resources", "limits", name) is { } limit && Json.Same(limit, container.At("resources", "requests", name))));
        return guaranteed ? "Guaranteed" : "Burstable";
    }
}
