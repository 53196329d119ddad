using System.Text.Json.Nodes;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Schema;
using Support.Kubernetes;

namespace Sluice.Operator.Tests;

/// <summary>Tests of this collection share one real Kubernetes, which knows the kinds of Sluice.</summary>
[CollectionDefinition(nameof(KubernetesCollection))]
public sealed class KubernetesCollection : ICollectionFixture<OperatorServer<KubernetesApiServer>>;

/// <summary>Tests of this collection share one embedded control plane, which knows the kinds of Sluice.</summary>
[CollectionDefinition(nameof(EmbeddedCollection))]
public sealed class EmbeddedCollection : ICollectionFixture<OperatorServer<EmbeddedApiServer>>;

/// <summary>An API server of a kind, with the definitions of <c>crds/</c> installed.</summary>
public sealed class OperatorServer<TServer>() : OperatorServer(new TServer())
    where TServer : ApiServer, new();

/// <summary>An API server with the definitions of <c>crds/</c> installed.</summary>
public abstract class OperatorServer(ApiServer api) : IAsyncLifetime
{
    public ApiServer Api => api;

    public KubernetesClient Client => Api.Client;

    public void Require() => Api.Require();

    public async Task InitializeAsync()
    {
        await Api.InitializeAsync();
        if (Api.IsPresent) await CustomResourceDefinitions.InstallAsync(Api.Client, default);
    }

    public Task DisposeAsync() => Api.DisposeAsync();

    public static ResourceType TypeOf(JsonObject manifest)
    {
        string[] version = manifest["apiVersion"]!.ToString().Split('/');
        string kind = manifest["kind"]!.ToString();
        return version is ["v1"]
            ? new ResourceType("", "v1", kind.ToLowerInvariant() + "s", kind)
            : new ResourceType(version[0], version[1], kind.ToLowerInvariant() + "s", kind);
    }
}
