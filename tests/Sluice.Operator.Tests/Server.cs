using System.Text.Json.Nodes;
using Sluice.Kubernetes;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Schema;
using Sluice.Testing;

namespace Sluice.Operator.Tests;

/// <summary>Tests of this collection share one API server, which knows the kinds of Sluice.</summary>
[CollectionDefinition(nameof(ServerCollection))]
public sealed class ServerCollection : ICollectionFixture<OperatorServer>;

/// <summary>An API server with the definitions of <c>crds/</c> installed.</summary>
public sealed class OperatorServer : IAsyncLifetime, IDisposable
{
    public ApiServer Api { get; } = new();

    public KubernetesClient Client => Api.Client;

    public void Require() => Api.Require();

    public async Task InitializeAsync()
    {
        if (Api.IsPresent) await CustomResourceDefinitions.InstallAsync(Api.Client, default);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => Api.Dispose();

    public static ResourceType TypeOf(JsonObject manifest)
    {
        string[] version = manifest["apiVersion"]!.ToString().Split('/');
        string kind = manifest["kind"]!.ToString();
        return version is ["v1"]
            ? new ResourceType("", "v1", kind.ToLowerInvariant() + "s", kind)
            : new ResourceType(version[0], version[1], kind.ToLowerInvariant() + "s", kind);
    }
}
