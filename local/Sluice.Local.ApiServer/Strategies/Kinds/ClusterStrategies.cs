using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Housekeeping;
using Sluice.Local.ApiServer.Operations;

namespace Sluice.Local.ApiServer.Strategies.Kinds;

/// <summary>Namespaces; they go away when all that is in them has.</summary>
internal sealed class NamespaceStrategy() : BuiltInStrategy("io.k8s.api.core.v1.Namespace")
{
    private const string NameLabel = "kubernetes.io/metadata.name";

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    public override bool AnswersDeletedObject => true;

    public override void ValidateName(string name, string field, List<FieldError> errors) => NameRules.Label(name, field, errors);

    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        item.Ensure("spec");
        if (ObjectMeta.Name(item) is { Length: > 0 } name)
            item.Ensure("metadata").Ensure("labels")[NameLabel] = name;
    }

    public override void PrepareForCreate(WriteContext context, JsonObject item)
    {
        base.PrepareForCreate(context, item);
        item.Ensure("spec")["finalizers"] = Json.StringArray(["kubernetes"]);
        item["status"] = new JsonObject { ["phase"] = "Active" };
    }

    public override void PrepareForUpdate(WriteContext context, JsonObject item, JsonObject old)
    {
        base.PrepareForUpdate(context, item, old);
        item.Ensure("spec")["finalizers"] = old.At("spec", "finalizers").CopyOrNull();
    }

    public override bool WaitsForDeletion(JsonObject item) => item["spec"].Array("finalizers") is { Count: > 0 };

    public override void MarkDeleted(JsonObject item) => item.Ensure("status")["phase"] = "Terminating";

    public override void CheckDelete(JsonObject item)
    {
        var name = ObjectMeta.Name(item);
        if (Bootstrap.Namespaces.Contains(name))
            throw ApiError.Forbidden("", "namespaces", name, "this namespace may not be deleted");
    }
}

/// <summary>Nodes.</summary>
internal sealed class NodeStrategy() : BuiltInStrategy("io.k8s.api.core.v1.Node")
{
    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        item.Ensure("spec");
        var status = item.Ensure("status");
        if (status["allocatable"] is null && status["capacity"] is { } capacity)
            status["allocatable"] = capacity.DeepClone();
    }

    /// <summary>A node comes with the status that its agent knows.</summary>
    public override void PrepareForCreate(WriteContext context, JsonObject item)
    {
    }
}

/// <summary>Leases, which clients may make by an update.</summary>
internal sealed class LeaseStrategy() : BuiltInStrategy("io.k8s.api.coordination.v1.Lease")
{
    public override bool AllowsCreateOnUpdate => true;

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors)
    {
        base.Validate(context, item, errors);
        if (item["spec"].Long("leaseDurationSeconds") is <= 0 and var seconds)
            errors.Add(FieldError.Invalid("spec.leaseDurationSeconds", JsonValue.Create(seconds), "must be greater than 0"));
        if (item["spec"].Long("leaseTransitions") is < 0 and var transitions)
            errors.Add(FieldError.Invalid("spec.leaseTransitions", JsonValue.Create(transitions), "must be greater than or equal to 0"));
    }
}

/// <summary>Events in both of their groups.</summary>
internal sealed class EventStrategy(bool core) : BuiltInStrategy(core ? "io.k8s.api.core.v1.Event" : "io.k8s.api.events.v1.Event")
{
    private readonly bool _core = core;

    public override bool AllowsCreateOnUpdate => true;

    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        item.Default(_core ? "source" : "deprecatedSource", new JsonObject());
        foreach (var time in _core ? new[] { "firstTimestamp", "lastTimestamp" } : ["deprecatedFirstTimestamp", "deprecatedLastTimestamp"])
            item.TryAdd(time, null);
        item.TryAdd("eventTime", null);
    }

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors)
    {
        var subject = item.Object("involvedObject") ?? item.Object("regarding");
        var field = item.ContainsKey("regarding") ? "regarding" : "involvedObject";
        var ns = subject.String("namespace") ?? "";
        if (ns.Length > 0 && ns != ObjectMeta.Namespace(item))
            errors.Add(FieldError.Invalid($"{field}.namespace", ns, "does not match event.namespace"));
    }
}

/// <summary>PodDisruptionBudgets.</summary>
internal sealed class DisruptionBudgetStrategy() : BuiltInStrategy("io.k8s.api.policy.v1.PodDisruptionBudget")
{
    public override bool HasStatus => true;

    public override bool AllowsUnconditionalUpdate => false;

    public override void PrepareForCreate(WriteContext context, JsonObject item)
    {
        base.PrepareForCreate(context, item);
        item["status"] = new JsonObject { ["disruptionsAllowed"] = 0L, ["currentHealthy"] = 0L, ["desiredHealthy"] = 0L, ["expectedPods"] = 0L };
    }

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors)
    {
        base.Validate(context, item, errors);
        var spec = item["spec"] as JsonObject ?? [];
        if (spec["minAvailable"] is not null && spec["maxUnavailable"] is not null)
            errors.Add(FieldError.Invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set"));
        foreach (var field in new[] { "minAvailable", "maxUnavailable" })
        {
            if (spec.Long(field) is < 0 and var number)
                errors.Add(FieldError.Invalid($"spec.{field}", JsonValue.Create(number), "must be greater than or equal to 0"));
            if (spec.String(field) is { } text && !System.Text.RegularExpressions.Regex.IsMatch(text, "^[0-9]+%$"))
                errors.Add(FieldError.Invalid($"spec.{field}", text, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"));
        }
    }
}

/// <summary>NetworkPolicies; nothing enforces them on loopback, as in a cluster whose network does not.</summary>
internal sealed class NetworkPolicyStrategy() : BuiltInStrategy("io.k8s.api.networking.v1.NetworkPolicy")
{
    public override bool HasGeneration => true;

    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        var spec = item.Ensure("spec");
        foreach (var port in spec.Array("ingress").Objects().Concat(spec.Array("egress").Objects()).SelectMany(rule => rule.Array("ports").Objects()))
            port.Default("protocol", "TCP");
        if (spec["policyTypes"] is null)
            spec["policyTypes"] = Json.StringArray(spec["egress"] is JsonArray { Count: > 0 } ? ["Ingress", "Egress"] : ["Ingress"]);
    }
}

/// <summary>EndpointSlices.</summary>
internal sealed class EndpointSliceStrategy() : BuiltInStrategy("io.k8s.api.discovery.v1.EndpointSlice")
{
    public override bool HasGeneration => true;

    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        foreach (var port in item.Array("ports").Objects())
        {
            port.Default("name", "");
            port.Default("protocol", "TCP");
        }
    }

    public override bool ChangesGeneration(JsonObject item, JsonObject old) =>
        !Json.Same(item["endpoints"], old["endpoints"]) || !Json.Same(item["ports"], old["ports"]) || !Json.Same(item["addressType"], old["addressType"]);

    public override void ValidateUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors) => CheckImmutable(item, old, "addressType", errors);
}

/// <summary>Endpoints, the older form of EndpointSlices.</summary>
internal sealed class EndpointsStrategy() : BuiltInStrategy("io.k8s.api.core.v1.Endpoints")
{
    public override bool AllowsCreateOnUpdate => true;

    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        foreach (var port in item.Array("subsets").Objects().SelectMany(subset => subset.Array("ports").Objects()))
            port.Default("protocol", "TCP");
    }
}

/// <summary>Role bindings of a namespace or of the cluster. They are kept and shown; everybody here is the administrator anyway.</summary>
internal sealed class RoleBindingStrategy(string schemaName) : BuiltInStrategy(schemaName)
{
    private const string Group = "rbac.authorization.k8s.io";

    public override void ValidateName(string name, string field, List<FieldError> errors) => NameRules.PathSegment(name, field, errors);

    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        if (item.Object("roleRef") is { } role && role.String("apiGroup") is not { Length: > 0 })
            role["apiGroup"] = Group;
        foreach (var subject in item.Array("subjects").Objects())
        {
            if (subject.String("kind") is "User" or "Group" && subject.String("apiGroup") is not { Length: > 0 })
                subject["apiGroup"] = Group;
        }
    }

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors)
    {
        base.Validate(context, item, errors);
        var index = 0;
        foreach (var subject in item.Array("subjects").Objects())
        {
            var field = $"subjects[{index++}].kind";
            if (subject.String("kind") is { Length: > 0 } kind && kind is not ("ServiceAccount" or "User" or "Group"))
                errors.Add(FieldError.NotSupported(field, subject["kind"], ["ServiceAccount", "User", "Group"]));
        }
    }

    public override void ValidateUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors)
    {
        if (Json.Same(item["roleRef"], old["roleRef"]))
            return;
        var role = item.Object("roleRef");
        var shown = new JsonObject { ["APIGroup"] = role.String("apiGroup"), ["Kind"] = role.String("kind"), ["Name"] = role.String("name") };
        errors.Add(FieldError.Invalid("roleRef", shown, "cannot change roleRef"));
    }
}

/// <summary>Roles of a namespace or of the cluster.</summary>
internal sealed class RoleStrategy(string schemaName) : BuiltInStrategy(schemaName)
{
    public override void ValidateName(string name, string field, List<FieldError> errors) => NameRules.PathSegment(name, field, errors);

    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        if (!item.ContainsKey("rules"))
            item["rules"] = null;
    }

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors)
    {
        var index = 0;
        foreach (var rule in item.Array("rules").Objects())
        {
            var field = $"rules[{index++}]";
            if (rule.Array("verbs") is not { Count: > 0 })
                errors.Add(FieldError.Required($"{field}.verbs", "verbs must contain at least one value"));
            if (rule["nonResourceURLs"] is not null)
                continue;
            if (rule.Array("apiGroups") is not { Count: > 0 })
                errors.Add(FieldError.Required($"{field}.apiGroups", "resource rules must supply at least one api group"));
            if (rule.Array("resources") is not { Count: > 0 })
                errors.Add(FieldError.Required($"{field}.resources", "resource rules must supply at least one resource"));
        }
    }
}

/// <summary>ControllerRevisions, whose data never changes.</summary>
internal sealed class RevisionStrategy() : BuiltInStrategy("io.k8s.api.apps.v1.ControllerRevision")
{
    public override void ValidateUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors) => CheckImmutable(item, old, "data", errors);
}
