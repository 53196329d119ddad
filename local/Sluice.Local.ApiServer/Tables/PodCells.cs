using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Tables;

/// <summary>The row of a pod: its status in one word is derived from its containers.</summary>
internal static class PodCells
{
    private const string None = "<none>";

    public static JsonArray Row(JsonObject item, DateTimeOffset now)
    {
        var status = item["status"] as JsonObject ?? [];
        var containers = status.Array("containerStatuses").Objects().ToList();
        var sidecars = item["spec"].Array("initContainers").Objects().Count(one => one.String("restartPolicy") == "Always");
        var total = BuiltInCells.Count(item.At("spec", "containers")) + sidecars;
        var ready = containers.Count(one => one.Bool("ready") == true);
        return
        [
            BuiltInCells.Name(item),
            $"{ready}/{total}",
            Reason(item, status, containers),
            Restarts(containers.Concat(status.Array("initContainerStatuses").Objects()).ToList(), now),
            TableCells.Age(item, now),
            status.Array("podIPs").Objects().FirstOrDefault()?.String("ip") ?? status.String("podIP") ?? None,
            Or(item["spec"].String("nodeName")),
            Or(status.String("nominatedNodeName")),
            Gates(item, status),
        ];
    }

    private static string Reason(JsonObject item, JsonObject status, List<JsonObject> containers)
    {
        var reason = status.String("reason") is { Length: > 0 } given ? given : status.String("phase") ?? "";
        if (status.Array("conditions").Objects().Any(one => one.String("type") == "PodScheduled" && one.String("reason") == "SchedulingGated"))
            reason = "SchedulingGated";
        if (InitReason(item, status) is { } initializing)
        {
            reason = initializing;
        }
        else
        {
            var running = false;
            foreach (var one in containers.AsEnumerable().Reverse())
            {
                reason = ContainerReason(one, "") ?? reason;
                running |= one.Bool("ready") == true && one.At("state", "running") is not null;
            }

            // Some have ended well while others go on.
            if (reason == "Completed" && running)
                reason = HasReadyCondition(status) ? "Running" : "NotReady";
        }

        if (item.At("metadata", "deletionTimestamp") is null)
            return reason;
        return status.String("reason") == "NodeLost" ? "Unknown" : status.String("phase") is "Failed" or "Succeeded" ? reason : "Terminating";
    }

    private static string? InitReason(JsonObject item, JsonObject status)
    {
        var index = 0;
        var total = BuiltInCells.Count(item.At("spec", "initContainers"));
        foreach (var one in status.Array("initContainerStatuses").Objects())
        {
            var ended = one.At("state", "terminated") is { } terminated && terminated.Long("exitCode") == 0;
            if (!ended && !(one.Bool("started") == true && IsSidecar(item, one)))
                return ContainerReason(one, "Init:") ?? $"Init:{index}/{total}";
            index++;
        }

        return null;
    }

    private static bool IsSidecar(JsonObject item, JsonObject status) =>
        item["spec"].Array("initContainers").Objects().Any(one => one.String("name") == status.String("name") && one.String("restartPolicy") == "Always");

    private static string? ContainerReason(JsonObject one, string prefix)
    {
        if (one.At("state", "waiting").String("reason") is { Length: > 0 } waiting && !(prefix.Length > 0 && waiting == "PodInitializing"))
            return prefix + waiting;
        if (one.At("state", "terminated") is not { } terminated)
            return null;
        if (terminated.String("reason") is { Length: > 0 } reason)
            return prefix + reason;
        return terminated.Long("signal") is > 0 and var signal ? $"{prefix}Signal:{signal}" : $"{prefix}ExitCode:{terminated.Long("exitCode")}";
    }

    private static bool HasReadyCondition(JsonObject status) =>
        status.Array("conditions").Objects().Any(one => one.String("type") == "Ready" && one.String("status") == "True");

    private static string Restarts(List<JsonObject> containers, DateTimeOffset now)
    {
        var count = containers.Sum(one => one.Long("restartCount") ?? 0);
        var last = containers.Select(one => TableCells.ParseTime(one.At("lastState", "terminated", "finishedAt"))).Max();
        return count > 0 && last is { } time ? $"{count} ({TableCells.HumanDuration(now - time)} ago)" : $"{count}";
    }

    private static string Gates(JsonObject item, JsonObject status)
    {
        var gates = item["spec"].Array("readinessGates").Objects().ToList();
        if (gates.Count == 0)
            return None;
        var met = gates.Count(gate => status.Array("conditions").Objects().Any(one => one.String("type") == gate.String("conditionType") && one.String("status") == "True"));
        return $"{met}/{gates.Count}";
    }

    private static string Or(string? text) => text is { Length: > 0 } ? text : None;
}
