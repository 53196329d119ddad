using Support.Kubernetes;

namespace Sluice.Kubernetes.Tests.Server;

/// <summary>Tests of this collection share one real Kubernetes.</summary>
[CollectionDefinition(nameof(KubernetesCollection))]
public sealed class KubernetesCollection : ICollectionFixture<KubernetesApiServer>;

/// <summary>Tests of this collection share one embedded control plane.</summary>
[CollectionDefinition(nameof(EmbeddedCollection))]
public sealed class EmbeddedCollection : ICollectionFixture<EmbeddedApiServer>;
