using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Configuration;

namespace Support.Kubernetes;

/// <summary>An API server for tests. The same suites run on every kind of it.</summary>
public abstract class ApiServer : IAsyncLifetime
{
    public string? KubeConfigPath { get; private set; }

    public bool IsPresent => Client is not null;

    public KubernetesClient Client { get; private set; } = null!;

    /// <summary>Skips the test where there is no server.</summary>
    public void Require() => Skip.IfNot(IsPresent, "needs a Kubernetes API server: set SLUICE_TEST_KUBECONFIG, or SLUICE_JUDGES to a folder with kube/kube");

    /// <summary>A namespace of the test's own.</summary>
    public async Task<string> NewNamespaceAsync()
    {
        string name = "test-" + Guid.NewGuid().ToString("n")[..10];
        await Client.CreateAsync(new V1Namespace { Metadata = new() { Name = name } });
        return name;
    }

    public async Task InitializeAsync()
    {
        KubeConfigPath = await StartAsync();
        if (KubeConfigPath is not null) Client = new KubernetesClient(KubeConfig.Load(KubeConfigPath));
    }

    public async Task DisposeAsync()
    {
        Client?.Dispose();
        await StopAsync();
    }

    /// <summary>Starts the server and gives the path of its kubeconfig; null where it cannot be had.</summary>
    protected abstract Task<string?> StartAsync();

    protected abstract Task StopAsync();
}
