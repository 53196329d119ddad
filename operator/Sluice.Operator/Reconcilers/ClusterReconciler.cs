using Sluice.Kubernetes;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Brokers;
using Sluice.Operator.Desired;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>Makes the objects of a cluster, restarts its outdated pods, and reports what it has become.</summary>
internal sealed class ClusterReconciler(ClusterReconcilerContext context) : IReconciler
{
    private readonly PodRestarter _restarter = new(context.Client, context.Events);
    private readonly ClaimGrower _grower = new(context.Client, context.Events);

    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        Cluster? cluster = context.Clusters.Get(key);
        if (cluster is null)
        {
            // Kubernetes deletes the objects, which are owned by the cluster.
            context.Applier.Forget(key.Namespace, key.Name);
            await context.Brokers.CloseAsync(key);
            return ReconcileResult.Done;
        }
        if (cluster.Metadata.DeletionTimestamp is not null) return ReconcileResult.Done;
        var names = new ClusterNames(cluster, context.ClusterDomain);
        var status = new ClusterStatusBuilder(cluster, context.Time);
        if (Annotations.IsPaused(cluster))
        {
            status.Say(Reasons.Paused, $"the annotation {Annotations.Pause} is set");
            await WriteStatusAsync(cluster, status, cancellation);
            return ReconcileResult.Done;
        }
        string image = cluster.Spec.Image ?? context.BrokerImage;
        var desired = DesiredCluster.Build(cluster, names, image, name => context.Children.StatefulSets.Get(new ObjectKey(key.Namespace, name)));
        foreach (IKubernetesObject child in desired.Objects.Concat(desired.StatefulSets.Values))
            await context.Applier.ApplyAsync(child, context.Children.Version(child), cancellation);

        string? growthProblem = await _grower.GrowAsync(cluster, names, context.Children.Claims, cancellation);
        bool restarting = await RestartOutdatedAsync(cluster, names, cancellation);
        ObserveObjects(cluster, names, status, image, growthProblem, restarting);
        bool serving = await AskBrokersAsync(cluster, key, status, cancellation);
        await WriteStatusAsync(cluster, status, cancellation);
        return ReconcileResult.After(serving ? context.CheckInterval * (0.9 + 0.2 * Random.Shared.NextDouble()) : context.StartInterval);
    }

    private async Task<bool> RestartOutdatedAsync(Cluster cluster, ClusterNames names, CancellationToken cancellation)
    {
        bool restarting = false;
        foreach (NodePool pool in cluster.Spec.NodePools)
        {
            StatefulSet? set = context.Children.StatefulSets.Get(new ObjectKey(names.Namespace, names.StatefulSet(pool.Name)));
            if (set is not null) restarting |= await _restarter.RestartAsync(cluster, set, PodsOf(names, pool), cancellation);
        }
        return restarting;
    }

    private List<Pod> PodsOf(ClusterNames names, NodePool pool)
    {
        Dictionary<string, string> selector = names.Selector(pool.Name);
        return [.. context.Children.Pods.List(names.Namespace).Where(pod => selector.All(label => pod.Metadata.Labels?.GetValueOrDefault(label.Key) == label.Value))];
    }

    private void ObserveObjects(Cluster cluster, ClusterNames names, ClusterStatusBuilder status, string image, string? growthProblem, bool restarting)
    {
        foreach (NodePool pool in cluster.Spec.NodePools)
            status.Pool(pool, context.Children.StatefulSets.Get(new ObjectKey(names.Namespace, names.StatefulSet(pool.Name))), PodsOf(names, pool));
        Service? bootstrap = context.Children.Services.Get(new ObjectKey(names.Namespace, names.BootstrapService));
        status.Addresses(names, bootstrap);
        status.Image(image);
        status.Storage(growthProblem);
        if (restarting) status.Say("Restarting", "a pod is being replaced, because its settings, image or resources changed");
    }

    /// <summary>Asks for proof that the brokers serve, and gives them the settings that they take at run time.</summary>
    private async Task<bool> AskBrokersAsync(Cluster cluster, ObjectKey key, ClusterStatusBuilder status, CancellationToken cancellation)
    {
        if (status.BootstrapAddress is not { } address || !status.HasReadyPods) return false;
        IBrokerAdmin admin = context.Brokers.To(key, address).Admin;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(context.AnswerTimeout);
        try
        {
            BrokerCluster found = await admin.DescribeClusterAsync(limit.Token);
            status.Settings(await ConfigureAsync(cluster, admin, limit.Token));
            status.Serving(found);
            return status.IsReady;
        }
        catch (BrokersUnavailableException error)
        {
            status.Say(Reasons.Unreachable, error.Message);
            return false;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            status.Say(Reasons.Unreachable, $"no broker answers at {address} within {context.AnswerTimeout.TotalSeconds:0} s");
            return false;
        }
    }

    private async Task<Refusal?> ConfigureAsync(Cluster cluster, IBrokerAdmin admin, CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, string> wanted = BrokerSettings.AtRunTime(cluster.Spec);
        IReadOnlyDictionary<string, string> present = await admin.DescribeSettingsAsync(cancellation);
        Dictionary<string, string?> changes = SettingChanges.Between(present, wanted);
        if (changes.Count == 0) return null;
        Refusal? refusal = await admin.ConfigureAsync(changes, cancellation);
        if (refusal is { IsTransient: true }) throw new BrokersUnavailableException(refusal.Message);
        if (refusal is not null) return refusal;
        // The manifest was carried out before, so somebody else changed the brokers since.
        bool drift = cluster.Status is { } last && last.ObservedGeneration == cluster.Metadata.Generation && Conditions.IsTrue(last.Conditions, "ConfigApplied");
        string described = SettingChanges.Describe(present, changes);
        if (drift) context.Events.Warning(cluster, "DriftReverted", "Configure", $"settings of the brokers were changed from outside, and are again as this manifest says: {described}");
        else context.Events.Normal(cluster, "ConfigChanged", "Configure", $"the brokers took without a restart: {described}");
        return null;
    }

    private async Task WriteStatusAsync(Cluster cluster, ClusterStatusBuilder status, CancellationToken cancellation)
    {
        ClusterStatus after = status.Build();
        TellChange(cluster, after);
        await context.Statuses.WriteAsync(cluster, cluster.Status, after, cancellation);
    }

    private void TellChange(Cluster cluster, ClusterStatus after)
    {
        Condition? before = Conditions.Find(cluster.Status?.Conditions, "Ready");
        Condition now = Conditions.Find(after.Conditions, "Ready")!;
        if (now.Status == "True" && before?.Status != "True") context.Events.Normal(cluster, "ClusterReady", "Observe", $"brokers answer at {after.BootstrapAddress}");
        else if (now.Status != "True" && before?.Status == "True") context.Events.Warning(cluster, now.Reason, "Observe", now.Message);
        Condition? settings = Conditions.Find(after.Conditions, "ConfigApplied");
        if (settings is { Status: "False" } && Conditions.Find(cluster.Status?.Conditions, "ConfigApplied")?.Message != settings.Message)
            context.Events.Warning(cluster, settings.Reason, "Configure", settings.Message);
    }
}
