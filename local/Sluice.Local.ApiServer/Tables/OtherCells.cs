using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Tables;

/// <summary>The row of a service.</summary>
internal static class ServiceCells
{
    public static JsonArray Row(JsonObject item, DateTimeOffset now)
    {
        var spec = item["spec"] as JsonObject ?? [];
        var address = spec.Array("clusterIPs").Strings().FirstOrDefault() ?? spec.String("clusterIP") ?? "<none>";
        return
        [
            BuiltInCells.Name(item), BuiltInCells.Text(spec["type"]), address, External(item, spec), Ports(spec), TableCells.Age(item, now), BuiltInCells.Labels(spec["selector"]),
        ];
    }

    private static string External(JsonObject item, JsonObject spec)
    {
        var addresses = spec.Array("externalIPs").Strings().ToList();
        switch (spec.String("type"))
        {
            case "ExternalName":
                return spec.String("externalName") ?? "<none>";
            case "LoadBalancer":
                var ingress = item.At("status", "loadBalancer").Array("ingress").Objects().Select(one => one.String("ip") ?? one.String("hostname") ?? "");
                var all = ingress.Concat(addresses).Where(text => text.Length > 0).ToList();
                return all.Count > 0 ? string.Join(',', all) : "<pending>";
            default:
                return addresses.Count > 0 ? string.Join(',', addresses) : "<none>";
        }
    }

    private static string Ports(JsonObject spec) =>
        BuiltInCells.Words(spec.Array("ports").Objects().Select(port =>
            port.Long("nodePort") is > 0 and var node ? $"{port.Long("port")}:{node}/{port.String("protocol")}" : $"{port.Long("port")}/{port.String("protocol")}"));
}

/// <summary>Rows of volumes and claims.</summary>
internal static class VolumeCells
{
    private const string Unset = "<unset>";

    public static JsonArray Claim(JsonObject item, DateTimeOffset now)
    {
        var (spec, status) = (item["spec"] as JsonObject ?? [], item["status"] as JsonObject ?? []);
        var bound = spec.String("volumeName") is { Length: > 0 };
        return
        [
            BuiltInCells.Name(item),
            item.At("metadata", "deletionTimestamp") is null ? BuiltInCells.Text(status["phase"]) : "Terminating",
            BuiltInCells.Text(spec["volumeName"]),
            bound ? BuiltInCells.Text(status.At("capacity", "storage")) : "",
            bound ? Modes(status.Array("accessModes")) : "",
            BuiltInCells.Text(spec["storageClassName"]),
            BuiltInCells.Text(spec["volumeAttributesClassName"], Unset),
            TableCells.Age(item, now),
            BuiltInCells.Text(spec["volumeMode"], Unset),
        ];
    }

    public static JsonArray Volume(JsonObject item, DateTimeOffset now)
    {
        var (spec, status) = (item["spec"] as JsonObject ?? [], item["status"] as JsonObject ?? []);
        var claim = spec.Object("claimRef");
        return
        [
            BuiltInCells.Name(item),
            BuiltInCells.Text(spec.At("capacity", "storage")),
            Modes(spec.Array("accessModes")),
            BuiltInCells.Text(spec["persistentVolumeReclaimPolicy"]),
            item.At("metadata", "deletionTimestamp") is null ? BuiltInCells.Text(status["phase"]) : "Terminating",
            claim is null ? "" : $"{claim.String("namespace")}/{claim.String("name")}",
            BuiltInCells.Text(spec["storageClassName"]),
            BuiltInCells.Text(spec["volumeAttributesClassName"], Unset),
            BuiltInCells.Text(status["reason"]),
            TableCells.Age(item, now),
            BuiltInCells.Text(spec["volumeMode"], Unset),
        ];
    }

    private static string Modes(JsonArray? modes) =>
        string.Join(',', modes.Strings().Distinct().Select(mode => mode switch
        {
            "ReadWriteOnce" => "RWO",
            "ReadOnlyMany" => "ROX",
            "ReadWriteMany" => "RWX",
            _ => "RWOP",
        }));
}

/// <summary>The row of a node.</summary>
internal static class NodeCells
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static JsonArray Row(JsonObject item, DateTimeOffset now)
    {
        var info = item.At("status", "nodeInfo");
        string Info(string field) => info.String(field) is { Length: > 0 } text ? text : "<unknown>";
        return
        [
            BuiltInCells.Name(item), Status(item), Roles(item), TableCells.Age(item, now), info.String("kubeletVersion") ?? "", Address(item, "InternalIP"), Address(item, "ExternalIP"),
            Info("osImage"), Info("kernelVersion"), Info("containerRuntimeVersion"),
        ];
    }

    private static string Status(JsonObject item)
    {
        var ready = item["status"].Array("conditions").Objects().FirstOrDefault(one => one.String("type") == "Ready");
        var text = ready is null ? "Unknown" : ready.String("status") == "True" ? "Ready" : "NotReady";
        return item["spec"].Bool("unschedulable") == true ? text + ",SchedulingDisabled" : text;
    }

    private static string Roles(JsonObject item) =>
        BuiltInCells.Words((item["metadata"].Object("labels") ?? []).Select(pair => pair.Key).Where(key => key.StartsWith(RolePrefix, StringComparison.Ordinal))
            .Select(key => key[RolePrefix.Length..]).Order(StringComparer.Ordinal));

    private static string Address(JsonObject item, string type) =>
        item["status"].Array("addresses").Objects().FirstOrDefault(one => one.String("type") == type)?.String("address") ?? "<none>";
}

/// <summary>Rows of endpoints in their two forms.</summary>
internal static class EndpointCells
{
    private const int Shown = 3;

    public static string OfSubsets(JsonObject item)
    {
        var all = new List<string>();
        foreach (var subset in item.Array("subsets").Objects())
        {
            var ports = subset.Array("ports").Objects().Select(port => port.Long("port")).ToList();
            foreach (var address in subset.Array("addresses").Objects())
            {
                if (ports.Count == 0)
                    all.Add(address.String("ip") ?? "");
                all.AddRange(ports.Select(port => $"{address.String("ip")}:{port}"));
            }
        }

        return BuiltInCells.Words(all, Shown);
    }

    public static JsonArray Slice(JsonObject item, DateTimeOffset now)
    {
        var ports = item.Array("ports").Objects().Select(port => port.Long("port") is { } number ? $"{number}" : "*").ToList();
        var addresses = item.Array("endpoints").Objects().SelectMany(one => one.Array("addresses").Strings()).ToList();
        return
        [
            BuiltInCells.Name(item), BuiltInCells.Text(item["addressType"]), ports.Count == 0 ? "<unset>" : BuiltInCells.Words(ports, Shown),
            addresses.Count == 0 ? "<unset>" : BuiltInCells.Words(addresses, Shown), TableCells.Age(item, now),
        ];
    }
}

/// <summary>The row of an event; events are stored in their core form, whichever group asks.</summary>
internal static class EventCells
{
    public static JsonArray Row(JsonObject item, DateTimeOffset now)
    {
        var subject = item["involvedObject"];
        var (first, last) = (item["firstTimestamp"] ?? item["eventTime"], item.At("series", "lastObservedTime") ?? item["lastTimestamp"] ?? item["eventTime"] ?? item["firstTimestamp"]);
        var count = item["series"].Long("count") ?? item.Long("count") ?? 1;
        return
        [
            TableCells.Since(last, now), BuiltInCells.Text(item["type"]), BuiltInCells.Text(item["reason"]),
            $"{subject.String("kind")?.ToLowerInvariant()}/{subject.String("name")}", subject.String("fieldPath") ?? "", Source(item),
            (item.String("message") ?? "").Trim(), TableCells.Since(first, now), $"{Math.Max(count, 1)}", BuiltInCells.Name(item),
        ];
    }

    private static string Source(JsonObject item)
    {
        var component = item["source"].String("component") is { Length: > 0 } given ? given : item.String("reportingComponent") ?? "";
        var host = item["source"].String("host") is { Length: > 0 } name ? name : item.String("reportingInstance") ?? "";
        return host.Length > 0 && component.Length > 0 ? $"{component}, {host}" : component;
    }
}
