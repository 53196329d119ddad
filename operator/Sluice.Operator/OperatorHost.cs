using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Configuration;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Events;
using Sluice.Kubernetes.Informers;
using Sluice.Kubernetes.Leases;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Queues;
using Sluice.Operator.Brokers;
using Sluice.Operator.Desired;
using Sluice.Operator.Reconcilers;
using Sluice.Operator.Resources;

namespace Sluice.Operator;

/// <summary>Runs the operator in this process.</summary>
public static class OperatorHost
{
    private const string LeaseName = "sluice-operator";
    private const string ReportingController = "sluice.dev/operator";

    /// <summary>Looks after clusters and topics until cancelled.</summary>
    /// <exception cref="KubeConfigException">There is no usable account.</exception>
    /// <exception cref="LeadershipLostException">Another operator may be at work: the process must end at once.</exception>
    public static Task RunAsync(OperatorOptions options, CancellationToken cancellation) => RunAsync(options, address => new KafkaBrokerAdmin(address), cancellation);

    internal static async Task RunAsync(OperatorOptions options, BrokerConnector connect, CancellationToken cancellation)
    {
        KubernetesClientConfiguration configuration = KubeConfig.LoadOrInCluster(options.KubeConfig, options.Context);
        using var client = new KubernetesClient(configuration, new KubernetesClientOptions { UserAgent = "sluice-operator/" + OperatorOptions.Version, Time = options.Time });
        ILogger log = options.Logs.CreateLogger("Sluice.Operator");
        await using var recorder = new EventRecorder(client, ReportingController, Environment.MachineName, options.Time, log);
        await using var brokers = new BrokerConnections(connect, options.Time);
        var caches = new Caches(client, options, log);
        using Controller clusters = Clusters(client, caches, brokers, new RecorderEventSink(recorder), options, log);
        using Controller topics = Topics(client, caches, brokers, new RecorderEventSink(recorder), options, clusters.Queue, log);
        ControllerManager manager = caches.AddTo(new ControllerManager()).Add(clusters).Add(topics);
        LeaderElector? elector = !options.LeaderElection ? null : new LeaderElector(
            client, new LeaderElectorOptions { Namespace = options.LeaseNamespace ?? client.Namespace, Name = LeaseName, Time = options.Time }, log);
        await using OperatorHttp? http = options.Http is null ? null : await OperatorHttp.StartAsync(options.Http, () => manager.HasSynced, cancellation);
        OperatorLog.Started(log, OperatorOptions.Version, client.Server, options.Namespace ?? "all", http?.Address ?? "nowhere");
        await manager.RunAsync(elector, cancellation);
        OperatorLog.Stopped(log);
    }

    private static Controller Clusters(KubernetesClient client, Caches caches, BrokerConnections brokers, RecorderEventSink events, OperatorOptions options, ILogger log)
    {
        var reconciler = new ClusterReconciler(new ClusterReconcilerContext
        {
            Client = client,
            Clusters = caches.Clusters.Cache,
            Children = caches.Children,
            Brokers = brokers,
            Events = events,
            Time = options.Time,
            ClusterDomain = options.ClusterDomain,
            BrokerImage = options.BrokerImage,
        });
        var owner = ResourceType.Of<Cluster>();
        return NewController("cluster", reconciler, options.ClusterWorkers, options, log)
            .For(caches.Clusters, SpecOrSteering<Cluster>())
            .Owns(caches.StatefulSets, owner)
            .Owns(caches.Services, owner)
            .Owns(caches.ConfigMaps, owner)
            .Owns(caches.ServiceAccounts, owner)
            .Watch(caches.Pods, ClusterOf)
            .Watch(caches.Claims, ClusterOf);
    }

    private static Controller Topics(
        KubernetesClient client, Caches caches, BrokerConnections brokers, RecorderEventSink events, OperatorOptions options, WorkQueue<ObjectKey> clusters, ILogger log)
    {
        var reconciler = new TopicReconciler(new TopicReconcilerContext
        {
            Client = client,
            Topics = caches.Topics.Cache,
            Clusters = caches.Clusters.Cache,
            Brokers = brokers,
            Events = events,
            Time = options.Time,
            DriftInterval = options.DriftInterval,
            Suspect = cluster => clusters.Add(cluster),
        });
        return NewController("topic", reconciler, options.TopicWorkers, options, log)
            .For(caches.Topics, SpecOrSteering<Topic>())
            // The next oldest of several Topics for one topic takes over when the first is gone.
            .Watch(caches.Topics, topic => caches.Topics.Cache.ByIndex(TopicReconcilerContext.ByClaim, TopicReconcilerContext.Claim(topic)).Select(ObjectKey.Of), change => change.Type == InformerEventType.Deleted)
            .Watch(caches.Clusters, cluster => caches.Topics.Cache.ByIndex(TopicReconcilerContext.ByCluster, ObjectKey.Of(cluster).ToString()).Select(ObjectKey.Of), ConcernsTopics);
    }

    private static Controller NewController(string name, IReconciler reconciler, int workers, OperatorOptions options, ILogger log) =>
        new(name, reconciler, new ControllerOptions { Workers = workers, ReconcileTimeout = TimeSpan.FromMinutes(2), Time = options.Time }, log);

    private static Func<InformerEvent<T>, bool> SpecOrSteering<T>()
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        Predicates.Any<T>(Predicates.GenerationChanged, Predicates.AnnotationChanged, Predicates.DeletionChanged);

    /// <summary>
    /// A cluster's topics are looked at when it comes, goes, gets another address or gets ready. That it is down for a moment is no
    /// news for them: a restart must not make every Topic's status change twice.
    /// </summary>
    private static bool ConcernsTopics(InformerEvent<Cluster> change) =>
        change.Type != InformerEventType.Updated
        || change.Old!.Status?.BootstrapAddress != change.Object.Status?.BootstrapAddress
        || change.Old.Metadata.DeletionTimestamp != change.Object.Metadata.DeletionTimestamp
        || (Conditions.IsTrue(change.Object.Status?.Conditions, "Ready") && !Conditions.IsTrue(change.Old.Status?.Conditions, "Ready"));

    private static IEnumerable<ObjectKey> ClusterOf(IKubernetesObject<V1ObjectMeta> value) =>
        ClusterNames.ClusterOf(value.Metadata) is { } name ? [new ObjectKey(value.Metadata.NamespaceProperty ?? "", name)] : [];

    /// <summary>The caches that both controllers read.</summary>
    private sealed class Caches
    {
        public Caches(KubernetesClient client, OperatorOptions options, ILogger log)
        {
            var all = new InformerOptions { Namespace = options.Namespace, Time = options.Time };
            InformerOptions managed = all with { LabelSelector = ClusterNames.ManagedSelector };
            Clusters = new(client.Resource<Cluster>(), all, log);
            Topics = new(client.Resource<Topic>(), all, log);
            StatefulSets = new(client.Resource<V1StatefulSet>(), managed, log);
            Pods = new(client.Resource<V1Pod>(), managed, log);
            Services = new(client.Resource<V1Service>(), managed, log);
            ConfigMaps = new(client.Resource<V1ConfigMap>(), managed, log);
            ServiceAccounts = new(client.Resource<V1ServiceAccount>(), managed, log);
            Claims = new(client.Resource<V1PersistentVolumeClaim>(), managed, log);
            Topics.Cache.AddIndex(TopicReconcilerContext.ByClaim, topic => [TopicReconcilerContext.Claim(topic)]);
            Topics.Cache.AddIndex(TopicReconcilerContext.ByCluster, topic => [topic.ClusterKey.ToString()]);
        }

        public Informer<Cluster> Clusters { get; }

        public Informer<Topic> Topics { get; }

        public Informer<V1StatefulSet> StatefulSets { get; }

        public Informer<V1Pod> Pods { get; }

        public Informer<V1Service> Services { get; }

        public Informer<V1ConfigMap> ConfigMaps { get; }

        public Informer<V1ServiceAccount> ServiceAccounts { get; }

        public Informer<V1PersistentVolumeClaim> Claims { get; }

        public ClusterChildren Children => new()
        {
            StatefulSets = StatefulSets.Cache,
            Pods = Pods.Cache,
            Services = Services.Cache,
            ConfigMaps = ConfigMaps.Cache,
            ServiceAccounts = ServiceAccounts.Cache,
            Claims = Claims.Cache,
        };

        public ControllerManager AddTo(ControllerManager manager)
        {
            foreach (IInformer informer in (IInformer[])[Clusters, Topics, StatefulSets, Pods, Services, ConfigMaps, ServiceAccounts, Claims]) manager.Add(informer);
            return manager;
        }
    }
}
