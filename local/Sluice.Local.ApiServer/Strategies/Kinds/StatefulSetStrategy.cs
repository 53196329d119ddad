using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Selectors;

namespace Sluice.Local.ApiServer.Strategies.Kinds;

/// <summary>StatefulSets.</summary>
internal sealed class StatefulSetStrategy() : BuiltInStrategy("io.k8s.api.apps.v1.StatefulSet")
{
    private const string MayNotChange =
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
        + "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

    public override bool HasStatus => true;

    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        var spec = item.Ensure("spec");
        spec.Default("podManagementPolicy", "OrderedReady");
        spec.Default("replicas", 1L);
        spec.Default("revisionHistoryLimit", 10L);
        var strategy = spec.Ensure("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.String("type") == "RollingUpdate")
            strategy.Ensure("rollingUpdate").Default("partition", 0L);
        var retention = spec.Ensure("persistentVolumeClaimRetentionPolicy");
        retention.Default("whenDeleted", "Retain");
        retention.Default("whenScaled", "Retain");
        if (spec["template"] is JsonObject template)
            PodTemplate.SetDefaults(template.Ensure("spec"));
        foreach (var claim in spec.Array("volumeClaimTemplates").Objects())
        {
            claim["apiVersion"] = "v1";
            claim["kind"] = "PersistentVolumeClaim";
            claim.Ensure("spec").Default("volumeMode", "Filesystem");
            claim["status"] = new JsonObject { ["phase"] = "Pending" };
        }
    }

    public override void PrepareForCreate(WriteContext context, JsonObject item)
    {
        base.PrepareForCreate(context, item);
        item["status"] = new JsonObject { ["replicas"] = 0L, ["availableReplicas"] = 0L };
    }

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors)
    {
        base.Validate(context, item, errors);
        var spec = item.Object("spec")!;
        if (spec.Long("replicas") is < 0 and var replicas)
            errors.Add(FieldError.Invalid("spec.replicas", JsonValue.Create(replicas), "must be greater than or equal to 0"));
        if (spec.At("updateStrategy", "rollingUpdate") is { } rolling && spec["updateStrategy"].String("type") is "OnDelete")
        {
            var shown = new JsonObject { ["Partition"] = rolling["partition"].CopyOrNull(), ["MaxUnavailable"] = rolling["maxUnavailable"].CopyOrNull() };
            errors.Add(FieldError.Invalid("spec.updateStrategy.rollingUpdate", shown, "only allowed for updateStrategy 'RollingUpdate'"));
        }

        if (spec.Object("template") is not { } template)
            return;
        ValidateSelector(spec, template, errors);
        var claims = spec.Array("volumeClaimTemplates").Objects().Select(claim => claim["metadata"].String("name")).OfType<string>();
        PodSpecValidation.Validate(template.Object("spec")!, "spec.template.spec", errors, claims);
        if (template["spec"].String("restartPolicy") is not "Always" and var policy)
            errors.Add(FieldError.NotSupported("spec.template.spec.restartPolicy", JsonValue.Create(policy), ["Always"]));
        if (template["spec"]!["activeDeadlineSeconds"] is not null)
            errors.Add(FieldError.Forbidden("spec.template.spec.activeDeadlineSeconds", "activeDeadlineSeconds in StatefulSet is not Supported"));
    }

    public override void ValidateUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors)
    {
        string[] free = ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];
        if (!Json.Same(Without(item.Object("spec"), free), Without(old.Object("spec"), free)))
            errors.Add(FieldError.Forbidden("spec", MayNotChange));
    }

    private static void ValidateSelector(JsonObject spec, JsonObject template, List<FieldError> errors)
    {
        if (spec.Object("selector") is not { } selector)
            return; // the schema's check says so
        if (selector["matchLabels"] is not JsonObject { Count: > 0 } && selector["matchExpressions"] is not JsonArray { Count: > 0 })
        {
            errors.Add(FieldError.Invalid("spec.selector", selector, "empty selector is invalid for statefulset"));
            return;
        }

        var labels = template["metadata"].Object("labels");
        Operations.ObjectMeta.ValidateLabels(labels, "spec.template.labels", errors);
        if (LabelSelector.FromObject(selector)?.MatchesLabels(labels) != true)
            errors.Add(FieldError.Invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"));
    }
}
