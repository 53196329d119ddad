using Sluice.Cli.Local;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Configuration;
using Sluice.Operator.Resources;

namespace Sluice.Cli.Data;

/// <summary>
/// Refuses to change by the Kafka protocol what a manifest describes, as the operator would undo it. Known of the clusters that
/// `sluice up` runs; of others the operator's event on the Topic tells.
/// </summary>
internal static class ManifestTopics
{
    /// <param name="state">Where `sluice up` keeps its state.</param>
    /// <param name="bootstrap">The address of the cluster that is to be changed.</param>
    /// <param name="topics">The topics that are to be changed.</param>
    /// <param name="way">What to do instead, of how kubectl names the manifest.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="CommandException">A manifest describes one of the topics.</exception>
    public static async Task RefuseAsync(StateDirectory state, string bootstrap, IReadOnlyCollection<string> topics, Func<string, string> way, CancellationToken cancellation)
    {
        if (InstanceLock.Holder(state) is null || !File.Exists(state.KubeConfig)) return;
        using var client = new KubernetesClient(KubeConfig.Load(state.KubeConfig));
        var clusters = (await client.ListAsync<Cluster>(null, cancellation: cancellation).ConfigureAwait(false)).Items;
        if (clusters.Find(c => c.Status?.BootstrapAddress == bootstrap) is not { } cluster) return;
        var manifests = (await client.ListAsync<Topic>(cluster.Metadata.NamespaceProperty, cancellation: cancellation).ConfigureAwait(false)).Items;
        if (manifests.Find(t => t.Spec.ClusterRef.Name == cluster.Metadata.Name && topics.Contains(NameOf(t))) is not { } owner) return;
        throw new CommandException(
            $"topic '{NameOf(owner)}' is described by the manifest {owner.Metadata.NamespaceProperty}/{owner.Metadata.Name}, and the operator would undo this: {way($"topic {owner.Metadata.Name} -n {owner.Metadata.NamespaceProperty}")}");
    }

    private static string NameOf(Topic topic) => topic.Spec.TopicName ?? topic.Metadata.Name!;
}
