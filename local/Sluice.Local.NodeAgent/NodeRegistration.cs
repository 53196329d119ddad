using System.Globalization;
using System.Runtime.InteropServices;
using k8s.Models;
using Sluice.Kubernetes.Client;

namespace Sluice.Local.NodeAgent;

/// <summary>Makes the Node object of this machine and the storage class whose volumes are its folders.</summary>
internal static class NodeRegistration
{
    private static readonly string Architecture = RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        var other => other.ToString().ToLowerInvariant(),
    };

    /// <summary>Makes the node, or brings it up to date, and marks it ready.</summary>
    public static async Task RegisterAsync(KubernetesClient client, CancellationToken cancellation)
    {
        var node = await client.TryGetAsync<V1Node>(null, LocalNode.Name, cancellation).ConfigureAwait(false)
            ?? await client.CreateAsync(Node(), null, cancellation).ConfigureAwait(false);
        node.Status = Status(node.Status);
        await client.UpdateStatusAsync(node, null, cancellation).ConfigureAwait(false);
    }

    private static V1Node Node() => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = LocalNode.Name,
            Labels = new Dictionary<string, string>
            {
                ["kubernetes.io/hostname"] = LocalNode.Name,
                ["kubernetes.io/os"] = "linux",
                ["kubernetes.io/arch"] = Architecture,
                ["topology.kubernetes.io/zone"] = LocalNode.Name,
                ["node-role.kubernetes.io/control-plane"] = "",
            },
        },
    };

    private static V1NodeStatus Status(V1NodeStatus? old)
    {
        var now = DateTime.UtcNow;
        var capacity = new Dictionary<string, ResourceQuantity>
        {
            ["cpu"] = new(LocalNode.Allocatable("cpu").ToString(CultureInfo.InvariantCulture)),
            ["memory"] = new(LocalNode.Kibibytes(LocalNode.Allocatable("memory"))),
            ["pods"] = new(LocalNode.Allocatable("pods").ToString(CultureInfo.InvariantCulture)),
        };
        return new V1NodeStatus
        {
            Addresses = [new() { Type = "InternalIP", Address = LocalNode.Address }, new() { Type = "Hostname", Address = LocalNode.Name }],
            Capacity = capacity,
            Allocatable = capacity,
            Conditions =
            [
                new V1NodeCondition
                {
                    Type = "Ready",
                    Status = "True",
                    Reason = "PodRuntimeReady",
                    Message = "pods run as local processes",
                    LastHeartbeatTime = now,
                    LastTransitionTime = old?.Conditions?.FirstOrDefault(c => c.Type == "Ready" && c.Status == "True")?.LastTransitionTime ?? now,
                },
            ],
            NodeInfo = new V1NodeSystemInfo
            {
                Architecture = Architecture,
                BootID = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(),
                ContainerRuntimeVersion = string.Create(CultureInfo.InvariantCulture, $"local://{typeof(NodeRegistration).Assembly.GetName().Version?.ToString(3)}"),
                KernelVersion = LocalNode.KernelRelease(),
                KubeletVersion = "v1.36.3+sluice",
                OperatingSystem = "linux",
                OsImage = RuntimeInformation.OSDescription,
                MachineID = File.Exists("/etc/machine-id") ? File.ReadAllText("/etc/machine-id").Trim() : "",
            },
        };
    }
}
