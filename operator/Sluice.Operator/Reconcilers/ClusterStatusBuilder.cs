using k8s.Models;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Serialization;
using Sluice.Operator.Brokers;
using Sluice.Operator.Desired;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>Builds the next status of a Cluster from its last one and what is seen now.</summary>
internal sealed class ClusterStatusBuilder
{
    private readonly Cluster _cluster;
    private readonly TimeProvider _time;
    private readonly ClusterStatus _status;
    private readonly List<NodePoolStatus> _pools = [];
    private string _reason = Reasons.Starting;
    private string _message = "waiting for pods";
    private bool _outdated;

    public ClusterStatusBuilder(Cluster cluster, TimeProvider time)
    {
        _cluster = cluster;
        _time = time;
        _status = cluster.Status is null ? new ClusterStatus() : ApiJson.Copy(cluster.Status);
    }

    public string? BootstrapAddress => _status.BootstrapAddress;

    public bool HasReadyPods => _pools.Exists(pool => pool.ReadyReplicas > 0);

    public bool IsReady { get; private set; }

    /// <summary>Says why the cluster is not ready.</summary>
    public void Say(string reason, string message)
    {
        (_reason, _message) = (reason, message);
        IsReady = false;
    }

    /// <summary>What keeps the operator from its work; null: nothing.</summary>
    public Objection? Objection { get; private set; }

    /// <summary>Says what keeps the operator from its work: to be said last, for it outweighs all else.</summary>
    public void Hold(Objection objection)
    {
        Objection = objection;
        Say(objection.Reason, objection.Message);
    }

    public void Pool(NodePool pool, V1StatefulSet? set, IReadOnlyList<V1Pod> pods)
    {
        int ready = pods.Count(PodRestarter.IsReady);
        int wanted = pool.Replicas ?? _cluster.Spec.Replicas;
        _pools.Add(new NodePoolStatus { Name = pool.Name, Replicas = set?.Status?.Replicas ?? 0, ReadyReplicas = ready });
        _outdated |= ready < wanted;
        if (ready >= wanted) return;
        (string Reason, string Message)? problem = pods.Select(PodProblems.Find).FirstOrDefault(found => found is not null);
        if (problem is { } known) Say(known.Reason, known.Message);
        else Say(Reasons.Starting, $"{ready} of {wanted} pods of pool {pool.Name} are ready");
    }

    public void Addresses(ClusterNames names, V1Service? bootstrap)
    {
        int port = _cluster.Spec.Listeners.Count > 0 ? _cluster.Spec.Listeners[0].Port : 0;
        string? host = names.NamesResolve ? names.ServiceHost(names.BootstrapService) : bootstrap?.Spec?.ClusterIP;
        // Without a service there is nothing to give to clients yet.
        _status.BootstrapAddress = bootstrap is null || string.IsNullOrEmpty(host) ? null : host.Contains(':') ? $"[{host}]:{port}" : $"{host}:{port}";
        _status.Selector = string.Join(',', names.Selector().Select(label => $"{label.Key}={label.Value}"));
    }

    public void Image(string image) => _status.Image = image;

    public void Storage(string? problem)
    {
        if (problem is not null) Set("StorageResized", false, "Refused", problem);
        else _status.Conditions.RemoveAll(condition => condition.Type == "StorageResized");
    }

    /// <summary>Notes whether the brokers took their run-time settings.</summary>
    public void Settings(Refusal? refusal) =>
        Set("ConfigApplied", refusal is null, refusal?.Reason ?? Reasons.Applied, refusal?.Message ?? "the brokers have the settings of the manifest");

    /// <summary>Notes that a broker answered.</summary>
    public void Serving(BrokerCluster found)
    {
        _status.ClusterId = found.ClusterId;
        if (_outdated) return;
        IsReady = _reason == Reasons.Starting;
    }

    public ClusterStatus Build()
    {
        if (_pools.Count > 0)
        {
            _status.NodePools = _pools;
            _status.Replicas = _pools.Sum(pool => pool.Replicas);
            _status.ReadyReplicas = _pools.Sum(pool => pool.ReadyReplicas);
        }
        _status.ObservedGeneration = _cluster.Metadata.Generation;
        if (IsReady) Set("Ready", true, Reasons.Ready, "brokers answer at the bootstrap address");
        else Set("Ready", false, _reason, _message);
        return _status;
    }

    private void Set(string type, bool holds, string reason, string message) =>
        Conditions.Set(_status.Conditions, type, holds, reason, message, _cluster.Metadata.Generation, _time.GetUtcNow());
}
