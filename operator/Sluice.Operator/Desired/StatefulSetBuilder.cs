using k8s.Models;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Desired;

/// <summary>The StatefulSet of a pool.</summary>
internal static class StatefulSetBuilder
{
    public const string DataVolume = "data";
    public const string DataPath = "/var/lib/sluice";
    public const string ConfigHashAnnotation = "sluice.dev/config-hash";
    private const string ConfigVolume = "config";
    private const string ConfigPath = "/etc/sluice";
    private const string ContainerName = "broker";
    /// <summary>The user of the image; a number, because `runAsNonRoot` cannot be checked against a name.</summary>
    private const long UserId = 65532;

    /// <param name="cluster">The cluster.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="names">Names.</param>
    /// <param name="image">Image of the brokers.</param>
    /// <param name="configHash">Changes when the settings need a restart.</param>
    /// <param name="existing">The StatefulSet as it is: its claim templates cannot be changed, volumes grow by their claims.</param>
    public static V1StatefulSet Build(Cluster cluster, NodePool pool, ClusterNames names, string image, string configHash, V1StatefulSet? existing) => new()
    {
        Metadata = Meta(names, pool, names.StatefulSet(pool.Name)),
        Spec = new V1StatefulSetSpec
        {
            Replicas = pool.Replicas ?? cluster.Spec.Replicas,
            ServiceName = names.HeadlessService,
            // A broker that does not get ready must not keep the others from being started.
            PodManagementPolicy = "Parallel",
            // The operator deletes outdated pods itself: only it can ask the brokers whether one may go, and a pod that never gets
            // ready would hold up a rolling update for ever.
            UpdateStrategy = new V1StatefulSetUpdateStrategy { Type = "OnDelete" },
            PersistentVolumeClaimRetentionPolicy = new V1StatefulSetPersistentVolumeClaimRetentionPolicy
            {
                WhenDeleted = pool.Storage.DeleteClaim ? "Delete" : "Retain",
                WhenScaled = "Retain",
            },
            Selector = new() { MatchLabels = names.Selector(pool.Name) },
            Template = PodTemplate(cluster, pool, names, image, configHash),
            VolumeClaimTemplates = existing?.Spec?.VolumeClaimTemplates is { Count: > 0 } claims ? [.. claims.Select(Wanted)] : [Claim(pool, names)],
        },
    };

    public static V1ObjectMeta Meta(ClusterNames names, NodePool pool, string name) => new() { Name = name, NamespaceProperty = names.Namespace, Labels = names.Labels(pool.Name) };

    private static V1PodTemplateSpec PodTemplate(Cluster cluster, NodePool pool, ClusterNames names, string image, string configHash) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Labels = names.Labels(pool.Name),
            Annotations = new Dictionary<string, string> { [ConfigHashAnnotation] = configHash },
        },
        Spec = new V1PodSpec
        {
            ServiceAccountName = names.ServiceAccount,
            AutomountServiceAccountToken = false,
            EnableServiceLinks = false,
            TerminationGracePeriodSeconds = 60,
            SecurityContext = new V1PodSecurityContext
            {
                RunAsNonRoot = true,
                RunAsUser = UserId,
                RunAsGroup = UserId,
                FsGroup = UserId,
                FsGroupChangePolicy = "OnRootMismatch",
                SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
            },
            Containers = [Broker(cluster, pool, names, image)],
            Volumes = [new V1Volume { Name = ConfigVolume, ConfigMap = new V1ConfigMapVolumeSource { Name = names.ConfigMap(pool.Name) } }],
        },
    };

    private static V1Container Broker(Cluster cluster, NodePool pool, ClusterNames names, string image) => new()
    {
        Name = ContainerName,
        Image = image,
        Args = Arguments(cluster, names),
        Env =
        [
            FromField("POD_NAME", "metadata.name"),
            FromField("POD_IP", "status.podIP"),
            FromField("POD_INDEX", "metadata.labels['apps.kubernetes.io/pod-index']"),
            // The root file system is read-only, so the runtime can make no diagnostic socket in /tmp.
            new V1EnvVar { Name = "DOTNET_EnableDiagnostics", Value = "0" },
        ],
        Ports =
        [
            .. cluster.Spec.Listeners.Select(listener => new V1ContainerPort { Name = listener.Name, ContainerPort = listener.Port, Protocol = "TCP" }),
            new V1ContainerPort { Name = "http", ContainerPort = cluster.Spec.Metrics.Port, Protocol = "TCP" },
        ],
        Resources = new V1ResourceRequirements { Requests = pool.Resources?.Requests, Limits = pool.Resources?.Limits },
        // A node that recovers a large log after a crash may take long; it is not alive to its probe until then.
        StartupProbe = new V1Probe { HttpGet = Http("/healthz"), PeriodSeconds = 1, FailureThreshold = 3600, TimeoutSeconds = 5 },
        LivenessProbe = new V1Probe { HttpGet = Http("/healthz"), PeriodSeconds = 10, FailureThreshold = 6, TimeoutSeconds = 5 },
        ReadinessProbe = new V1Probe { HttpGet = Http("/readyz"), PeriodSeconds = 1, FailureThreshold = 3, TimeoutSeconds = 5 },
        SecurityContext = new V1SecurityContext
        {
            AllowPrivilegeEscalation = false,
            ReadOnlyRootFilesystem = true,
            Capabilities = new V1Capabilities { Drop = ["ALL"] },
        },
        // The last lines of a broker that ended show in the pod's status, and from there in the cluster's.
        TerminationMessagePolicy = "FallbackToLogsOnError",
        VolumeMounts =
        [
            new V1VolumeMount { Name = DataVolume, MountPath = DataPath },
            new V1VolumeMount { Name = ConfigVolume, MountPath = ConfigPath, ReadOnlyProperty = true },
        ],
    };

    private static List<string> Arguments(Cluster cluster, ClusterNames names)
    {
        // Where pods share a network each must listen on its own address only; where each has its own, on all, so that
        // `kubectl port-forward`, which comes over loopback, gets through.
        string bind = names.NamesResolve ? "0.0.0.0" : "$(POD_IP)";
        string advertised = names.NamesResolve ? "$(POD_NAME)." + names.ServiceHost(names.HeadlessService) : "$(POD_IP)";
        return
        [
            ConfigPath + "/" + ConfigMapBuilder.FileName,
            "--override", "node.id=$(POD_INDEX)",
            "--override", "listeners=" + Listeners(cluster, bind),
            "--override", "advertised.listeners=" + Listeners(cluster, advertised),
            "--override", $"sluice.http.listen={bind}:{cluster.Spec.Metrics.Port}",
        ];
    }

    private static string Listeners(Cluster cluster, string host) =>
        string.Join(',', cluster.Spec.Listeners.Select(listener => $"{BrokerSettings.ListenerName(listener)}://{host}:{listener.Port}"));

    private static V1EnvVar FromField(string name, string path) =>
        new() { Name = name, ValueFrom = new V1EnvVarSource { FieldRef = new V1ObjectFieldSelector { FieldPath = path } } };

    private static V1HTTPGetAction Http(string path) => new() { Path = path, Port = "http" };

    private static V1PersistentVolumeClaim Claim(NodePool pool, ClusterNames names) => new()
    {
        ApiVersion = V1PersistentVolumeClaim.KubeApiVersion,
        Kind = V1PersistentVolumeClaim.KubeKind,
        Metadata = new() { Name = DataVolume, Labels = names.Labels(pool.Name) },
        Spec = new V1PersistentVolumeClaimSpec
        {
            AccessModes = ["ReadWriteOnce"],
            StorageClassName = pool.Storage.Class,
            Resources = new V1VolumeResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = pool.Storage.Size } },
        },
    };

    /// <summary>The part of an existing claim template that the operator asks for; the server's defaults stay the server's.</summary>
    private static V1PersistentVolumeClaim Wanted(V1PersistentVolumeClaim existing) => new()
    {
        ApiVersion = V1PersistentVolumeClaim.KubeApiVersion,
        Kind = V1PersistentVolumeClaim.KubeKind,
        Metadata = new() { Name = existing.Metadata.Name, Labels = existing.Metadata.Labels },
        Spec = new V1PersistentVolumeClaimSpec
        {
            AccessModes = existing.Spec?.AccessModes,
            StorageClassName = existing.Spec?.StorageClassName,
            Resources = existing.Spec?.Resources,
        },
    };
}
