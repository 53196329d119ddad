using Sluice.Local;
using Sluice.Local.NodeAgent;

namespace Support.Kubernetes;

/// <summary>The embedded control plane without a node, so that the tests play the kubelet as they do on a Kubernetes without nodes.</summary>
public sealed class EmbeddedApiServer : ApiServer
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-local-").FullName;
    private LocalCluster? _cluster;

    protected override async Task<string?> StartAsync()
    {
        _cluster = await LocalCluster.StartAsync(new LocalClusterOptions { DataDirectory = _folder, Images = new ImageTable(), HasNode = false });
        return _cluster.KubeConfigPath;
    }

    protected override async Task StopAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
