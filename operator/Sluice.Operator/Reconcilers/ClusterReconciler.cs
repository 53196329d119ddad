using k8s;
using k8s.Models;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Brokers;
using Sluice.Operator.Desired;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>Makes the objects of a cluster, restarts its outdated pods, and reports what it has become.</summary>
internal sealed class ClusterReconciler(ClusterReconcilerContext context) : IReconciler
{
    private readonly PodRestarter _restarter = new(context.Client, context.Volumes, context.Events);
    private readonly ClaimGrower _grower = new(context.Client, context.Events);

    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        Cluster? cluster = context.Clusters.Get(key);
        if (cluster is null)
        {
            // Kubernetes deletes the objects, which are owned by the cluster.
            context.Applier.Forget(key);
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
        Objection? objection = await ApplyAsync(cluster, names, desired, cancellation);
        string? growthProblem = await _grower.GrowAsync(cluster, names, context.Children.Claims, cancellation);
        // A pod must not be made anew from what is not the cluster's.
        PodRestarter.Progress restarts = objection is null ? await RestartOutdatedAsync(cluster, names, cancellation) : default;
        ObserveObjects(cluster, names, status, image, growthProblem, restarts.IsUnderWay);
        bool serving = await AskBrokersAsync(cluster, key, status, cancellation);
        objection ??= restarts.Held ?? context.Volumes.FindLeaving(cluster.Spec.NodePools.SelectMany(pool => PodsOf(cluster, names, pool)));
        if (objection is not null) status.Hold(objection);
        await WriteStatusAsync(cluster, status, cancellation);
        return ReconcileResult.After(serving ? context.CheckInterval * (0.9 + 0.2 * Random.Shared.NextDouble()) : context.StartInterval);
    }

    /// <summary>
    /// Writes every object, or none while one of them is not the cluster's: a part of a cluster would serve nobody, and pods would start with
    /// somebody else's settings or on somebody else's volume. The order is the same for all clusters, so of two that want the same names
    /// one gets all of them.
    /// </summary>
    private async Task<Objection?> ApplyAsync(Cluster cluster, ClusterNames names, DesiredCluster desired, CancellationToken cancellation)
    {
        IKubernetesObject<V1ObjectMeta>[] children = [.. desired.Objects, .. desired.StatefulSets.Values];
        if (await context.Applier.CheckAsync(cluster, children, cancellation) is { } taken) return taken;
        foreach (NodePool pool in cluster.Spec.NodePools)
        {
            if (await context.Volumes.CheckNewPodsAsync(cluster, pool, names, cancellation) is { } objection) return objection;
        }
        foreach (IKubernetesObject<V1ObjectMeta> child in children)
        {
            if (await context.Applier.ApplyAsync(cluster, child, cancellation) is { } objection) return objection;
        }
        return null;
    }

    private async Task<PodRestarter.Progress> RestartOutdatedAsync(Cluster cluster, ClusterNames names, CancellationToken cancellation)
    {
        PodRestarter.Progress all = default;
        foreach (NodePool pool in cluster.Spec.NodePools)
        {
            if (context.Children.OwnedStatefulSet(cluster, names.StatefulSet(pool.Name)) is not { } set) continue;
            PodRestarter.Progress progress = await _restarter.RestartAsync(cluster, set, context.Children.PodsOf(set), cancellation);
            all = new PodRestarter.Progress(all.IsUnderWay || progress.IsUnderWay, all.Held ?? progress.Held);
        }
        return all;
    }

    private IReadOnlyList<V1Pod> PodsOf(Cluster cluster, ClusterNames names, NodePool pool) =>
        context.Children.PodsOf(context.Children.OwnedStatefulSet(cluster, names.StatefulSet(pool.Name)));

    private void ObserveObjects(Cluster cluster, ClusterNames names, ClusterStatusBuilder status, string image, string? growthProblem, bool restarting)
    {
        foreach (NodePool pool in cluster.Spec.NodePools)
            status.Pool(pool, context.Children.OwnedStatefulSet(cluster, names.StatefulSet(pool.Name)), PodsOf(cluster, names, pool));
        status.Addresses(names, context.Children.OwnedService(cluster, names.BootstrapService));
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
        TellChange(cluster, after, status.Objection);
        await context.Statuses.WriteAsync(cluster, cluster.Status, after, cancellation);
    }

    private void TellChange(Cluster cluster, ClusterStatus after, Objection? objection)
    {
        V1Condition? before = Conditions.Find(cluster.Status?.Conditions, "Ready");
        V1Condition now = Conditions.Find(after.Conditions, "Ready")!;
        if (now.Status == "True" && before?.Status != "True") context.Events.Normal(cluster, "ClusterReady", "Observe", $"brokers answer at {after.BootstrapAddress}");
        else if (now.Status != "True" && (before?.Status == "True" || (objection is not null && before?.Message != objection.Message))) context.Events.Warning(cluster, now.Reason, "Observe", now.Message);
        V1Condition? settings = Conditions.Find(after.Conditions, "ConfigApplied");
        if (settings is { Status: "False" } && Conditions.Find(cluster.Status?.Conditions, "ConfigApplied")?.Message != settings.Message)
            context.Events.Warning(cluster, settings.Reason, "Configure", settings.Message);
    }
}
