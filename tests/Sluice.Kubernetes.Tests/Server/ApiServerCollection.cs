using Sluice.Testing;

namespace Sluice.Kubernetes.Tests.Server;

/// <summary>Tests of this collection share one API server.</summary>
[CollectionDefinition(nameof(ApiServerCollection))]
public sealed class ApiServerCollection : ICollectionFixture<ApiServer>;
