using k8s.Models;
using Sluice.Kubernetes.Models;

namespace Sluice.Local.NodeAgent.Probes;

/// <summary>Where the probes of a container go.</summary>
/// <param name="PodIp">The pod's address, unless the probe names a host.</param>
/// <param name="Container">For ports by name.</param>
/// <param name="Exec">Runs a command as the container would and gives its exit code and output.</param>
internal sealed record ProbeTarget(
    string PodIp,
    V1Container Container,
    Func<IReadOnlyList<string>, TimeSpan, CancellationToken, Task<(int ExitCode, string Output)>> Exec)
{
    /// <summary>The number of a port that is given by number or name; null when the container has no port of that name.</summary>
    public int? Port(IntOrString port) => port.Number() ?? Container.Ports?.FirstOrDefault(p => p.Name == port.Value)?.ContainerPort;
}
