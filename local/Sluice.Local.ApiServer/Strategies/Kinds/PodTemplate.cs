using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Strategies.Kinds;

/// <summary>The defaults of a pod's spec, in pods and in the templates of controllers.</summary>
internal static class PodTemplate
{
    private const long FileMode = 420; // 0644

    public static void SetDefaults(JsonObject spec)
    {
        spec.Default("restartPolicy", "Always");
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("schedulerName", "default-scheduler");
        spec.Default("terminationGracePeriodSeconds", 30L);
        spec.Default("securityContext", new JsonObject());
        // The older name of the same field.
        if (spec.String("serviceAccountName") is { Length: > 0 } account)
            spec["serviceAccount"] = account;
        else if (spec.String("serviceAccount") is { Length: > 0 } older)
            (spec["serviceAccountName"], spec["serviceAccount"]) = (older, older);
        foreach (var container in spec.Array("initContainers").Objects().Concat(spec.Array("containers").Objects()))
            SetContainerDefaults(container);
        foreach (var volume in spec.Array("volumes").Objects())
            SetVolumeDefaults(volume);
        foreach (var reference in spec.Array("topologySpreadConstraints").Objects())
            reference.Default("whenUnsatisfiable", "DoNotSchedule");
    }

    private static void SetContainerDefaults(JsonObject container)
    {
        container.Default("imagePullPolicy", PullPolicy(container.String("image") ?? ""));
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        container.Ensure("resources");
        foreach (var probe in new[] { "livenessProbe", "readinessProbe", "startupProbe" })
        {
            if (container.Object(probe) is { } check)
                SetProbeDefaults(check);
        }

        foreach (var variable in container.Array("env").Objects())
            variable["valueFrom"].Object("fieldRef")?.Default("apiVersion", "v1");
        foreach (var hook in new[] { "postStart", "preStop" })
            SetHttpDefaults(container["lifecycle"].Object(hook)?.Object("httpGet"));
    }

    private static void SetProbeDefaults(JsonObject probe)
    {
        probe.Default("timeoutSeconds", 1L);
        probe.Default("periodSeconds", 10L);
        probe.Default("successThreshold", 1L);
        probe.Default("failureThreshold", 3L);
        foreach (var field in new[] { "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold" })
        {
            // An explicit zero means the default as well.
            if (probe.Long(field) == 0)
                probe[field] = field switch { "periodSeconds" => 10L, "failureThreshold" => 3L, _ => 1L };
        }

        SetHttpDefaults(probe.Object("httpGet"));
        probe.Object("grpc")?.Default("service", "");
    }

    private static void SetHttpDefaults(JsonObject? get)
    {
        get?.Default("path", "/");
        get?.Default("scheme", "HTTP");
    }

    /// <summary>In a pod, though not yet in a template, a limit without a request is also the request.</summary>
    public static void SetRequests(JsonObject spec)
    {
        foreach (var container in spec.Array("initContainers").Objects().Concat(spec.Array("containers").Objects()))
        {
            if (container["resources"].Object("limits") is not { } limits)
                continue;
            var requests = container.Object("resources")!.Ensure("requests");
            foreach (var (name, amount) in limits)
                requests.Default(name, amount.CopyOrNull());
        }
    }

    private static void SetVolumeDefaults(JsonObject volume)
    {
        if (volume.Count == 1 && volume.ContainsKey("name"))
            volume["emptyDir"] = new JsonObject();
        foreach (var source in new[] { "secret", "configMap", "downwardAPI", "projected" })
            volume.Object(source)?.Default("defaultMode", FileMode);
        SetFieldReferences(volume.Object("downwardAPI"));
        volume.Object("hostPath")?.Default("type", "");
        foreach (var source in volume["projected"].Array("sources").Objects())
        {
            source.Object("serviceAccountToken")?.Default("expirationSeconds", 3600L);
            SetFieldReferences(source.Object("downwardAPI"));
        }

        volume["ephemeral"].Object("volumeClaimTemplate")?.Object("spec")?.Default("volumeMode", "Filesystem");
    }

    private static void SetFieldReferences(JsonObject? downward)
    {
        foreach (var item in downward.Array("items").Objects())
            item.Object("fieldRef")?.Default("apiVersion", "v1");
    }

    private static string PullPolicy(string image)
    {
        var name = image[(image.LastIndexOf('/') + 1)..];
        var digest = name.Contains('@', StringComparison.Ordinal);
        var tag = name.Contains(':', StringComparison.Ordinal) ? name[(name.LastIndexOf(':') + 1)..] : "latest";
        return !digest && tag == "latest" ? "Always" : "IfNotPresent";
    }
}
