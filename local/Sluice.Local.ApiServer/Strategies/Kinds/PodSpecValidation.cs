using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Strategies.Kinds;

/// <summary>What must hold within a pod's spec beyond its schema.</summary>
internal static class PodSpecValidation
{
    private static readonly string[] Handlers = ["exec", "httpGet", "tcpSocket", "grpc"];

    /// <param name="spec">The pod's spec.</param>
    /// <param name="path">Where it stands in the object.</param>
    /// <param name="errors">Takes what is wrong.</param>
    /// <param name="claimed">Names of the volumes that claim templates add; a template need not list them.</param>
    public static void Validate(JsonObject spec, string path, List<FieldError> errors, IEnumerable<string>? claimed = null)
    {
        var volumes = new HashSet<string>(StringComparer.Ordinal);
        ValidateVolumes(spec.Array("volumes"), $"{path}.volumes", volumes, errors);
        volumes.UnionWith(claimed ?? []);
        var names = new HashSet<string>(StringComparer.Ordinal);
        ValidateContainers(spec.Array("initContainers"), $"{path}.initContainers", volumes, names, errors);
        ValidateContainers(spec.Array("containers"), $"{path}.containers", volumes, names, errors);
        if (spec.Long("terminationGracePeriodSeconds") is < 0 and var grace)
            errors.Add(FieldError.Invalid($"{path}.terminationGracePeriodSeconds", JsonValue.Create(grace), "must be greater than or equal to 0"));
        if (spec.Long("activeDeadlineSeconds") is < 1 and var deadline)
            errors.Add(FieldError.Invalid($"{path}.activeDeadlineSeconds", JsonValue.Create(deadline), "must be between 1 and 2147483647, inclusive"));
        foreach (var field in new[] { "hostname", "subdomain" })
        {
            if (spec.String(field) is { Length: > 0 } name)
                NameRules.Label(name, $"{path}.{field}", errors);
        }
    }

    private static void ValidateVolumes(JsonArray? list, string path, HashSet<string> known, List<FieldError> errors)
    {
        var index = 0;
        foreach (var volume in list.Objects())
        {
            var field = $"{path}[{index++}]";
            var name = volume.String("name") ?? "";
            if (name.Length == 0)
                continue; // the schema's check says so
            NameRules.Label(name, $"{field}.name", errors);
            if (!known.Add(name))
                errors.Add(FieldError.Duplicate($"{field}.name", JsonValue.Create(name)));
            if (volume.Count > 2)
                errors.Add(FieldError.Forbidden(field, "may not specify more than 1 volume type"));
        }
    }

    private static void ValidateContainers(JsonArray? list, string path, HashSet<string> volumes, HashSet<string> names, List<FieldError> errors)
    {
        var index = 0;
        foreach (var container in list.Objects())
        {
            var field = $"{path}[{index++}]";
            var name = container.String("name") ?? "";
            if (name.Length > 0)
            {
                NameRules.Label(name, $"{field}.name", errors);
                if (!names.Add(name))
                    errors.Add(FieldError.Duplicate($"{field}.name", JsonValue.Create(name)));
            }

            if (container.String("image") is not { Length: > 0 } image)
                errors.Add(FieldError.Required($"{field}.image"));
            else if (image.Trim() != image)
                errors.Add(FieldError.Invalid($"{field}.image", image, "must not have leading or trailing whitespace"));
            ValidatePorts(container.Array("ports"), $"{field}.ports", errors);
            ValidateMounts(container.Array("volumeMounts"), $"{field}.volumeMounts", volumes, errors);
            ValidateResources(container.Object("resources"), $"{field}.resources", errors);
            foreach (var probe in new[] { "livenessProbe", "readinessProbe", "startupProbe" })
                ValidateProbe(container.Object(probe), probe, $"{field}.{probe}", errors);
        }
    }

    private static void ValidatePorts(JsonArray? ports, string path, List<FieldError> errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var port in ports.Objects())
        {
            var field = $"{path}[{index++}]";
            if (port.Long("containerPort") is not (>= 1 and <= 65535))
                errors.Add(port.Long("containerPort") is null or 0
                    ? FieldError.Required($"{field}.containerPort")
                    : FieldError.Invalid($"{field}.containerPort", port["containerPort"], "must be between 1 and 65535, inclusive"));
            if (port.String("name") is { Length: > 0 } name && !names.Add(name))
                errors.Add(FieldError.Duplicate($"{field}.name", JsonValue.Create(name)));
        }
    }

    private static void ValidateMounts(JsonArray? mounts, string path, HashSet<string> volumes, List<FieldError> errors)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var mount in mounts.Objects())
        {
            var field = $"{path}[{index++}]";
            if (mount.String("name") is { Length: > 0 } name && !volumes.Contains(name))
                errors.Add(FieldError.NotFound($"{field}.name", JsonValue.Create(name)));
            if (mount.String("mountPath") is { Length: > 0 } target && !paths.Add(target))
                errors.Add(FieldError.Invalid($"{field}.mountPath", target, "must be unique"));
        }
    }

    private static void ValidateResources(JsonObject? resources, string path, List<FieldError> errors)
    {
        foreach (var (name, amount) in resources.Object("requests") ?? [])
        {
            if (!Quantity.TryParse(Json.AsString(amount) ?? "", out var request))
                continue; // refused while decoding
            if (request.Sign < 0)
                errors.Add(FieldError.Invalid($"{path}.requests[{name}]", amount, "must be greater than or equal to 0"));
            if (Quantity.TryParse(resources!["limits"].String(name) ?? "", out var limit) && request.CompareTo(limit) > 0)
                errors.Add(FieldError.Invalid($"{path}.requests", amount, $"must be less than or equal to {name} limit of {limit}"));
        }
    }

    private static void ValidateProbe(JsonObject? probe, string kind, string path, List<FieldError> errors)
    {
        if (probe is null)
            return;
        var given = Handlers.Where(probe.ContainsKey).ToList();
        if (given.Count == 0)
            errors.Add(FieldError.Required(path, "must specify a handler type"));
        foreach (var more in given.Skip(1))
            errors.Add(FieldError.Forbidden($"{path}.{more}", "may not specify more than 1 handler type"));
        foreach (var field in new[] { "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold" })
        {
            if (probe.Long(field) is < 0 and var value)
                errors.Add(FieldError.Invalid($"{path}.{field}", JsonValue.Create(value), "must be greater than or equal to 0"));
        }

        if (kind != "readinessProbe" && probe.Long("successThreshold") is not (null or 1))
            errors.Add(FieldError.Invalid($"{path}.successThreshold", probe["successThreshold"], "must be 1"));
    }
}
