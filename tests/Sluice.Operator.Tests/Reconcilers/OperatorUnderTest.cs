using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Operator.Resources;
using Support;

namespace Sluice.Operator.Tests.Reconcilers;

/// <summary>The whole operator at work in a namespace of its own, on a real API server, with brokers of the test.</summary>
internal sealed class OperatorUnderTest : IAsyncDisposable
{
    private readonly OperatorServer _server;
    private OperatorOptions _options = null!;
    private CancellationTokenSource _stop = new();
    private Task _run = Task.CompletedTask;

    private OperatorUnderTest(OperatorServer server, string ns)
    {
        _server = server;
        Namespace = ns;
    }

    public FakeBrokers Brokers { get; } = new();

    public string Namespace { get; }

    public KubernetesClient Client => _server.Client;

    public static async Task<OperatorUnderTest> StartAsync(OperatorServer server, Func<OperatorOptions, OperatorOptions>? change = null)
    {
        var test = new OperatorUnderTest(server, await server.Api.NewNamespaceAsync());
        var options = new OperatorOptions
        {
            KubeConfig = server.Api.KubeConfigPath,
            Namespace = test.Namespace,
            Http = null,
            LeaderElection = false,
            BrokerImage = "sluice.test/none:1",
            DriftInterval = TimeSpan.FromMilliseconds(300),
        };
        test._options = change?.Invoke(options) ?? options;
        test.StartOperator();
        return test;
    }

    public void StartOperator()
    {
        _stop.Dispose();
        _stop = new CancellationTokenSource();
        CancellationToken stop = _stop.Token;
        _run = Task.Run(() => OperatorHost.RunAsync(_options, _ => Brokers, stop), default);
    }

    public async Task StopOperatorAsync()
    {
        await _stop.CancelAsync();
        await _run;
    }

    public async ValueTask DisposeAsync()
    {
        await StopOperatorAsync();
        _stop.Dispose();
    }

    public async Task<Cluster> CreateClusterAsync(Action<ClusterSpec>? change = null, string name = "c")
    {
        var cluster = new Cluster
        {
            Metadata = new() { Name = name, NamespaceProperty = Namespace },
            Spec = { Listeners = [new Listener { Name = "plain", Port = 9092 }], NodePools = [new NodePool { Name = "nodes", Storage = { Size = "1Gi" } }] },
        };
        change?.Invoke(cluster.Spec);
        return await Client.CreateAsync(cluster);
    }

    /// <summary>A cluster whose pod is ready and whose brokers answer.</summary>
    public async Task<Cluster> CreateReadyClusterAsync(Action<ClusterSpec>? change = null)
    {
        await CreateClusterAsync(change);
        await MakePodReadyAsync();
        return await UntilAsync<Cluster>("c", cluster => IsReady(cluster.Status?.Conditions));
    }

    public Task<Cluster> ClusterWithReasonAsync(string name, string reason) => UntilAsync<Cluster>(name, cluster => Reason(cluster.Status?.Conditions) == reason);

    public Task<Topic> CreateTopicAsync(string name, Action<TopicSpec>? change = null)
    {
        var topic = new Topic { Metadata = new() { Name = name, NamespaceProperty = Namespace }, Spec = { ClusterRef = { Name = "c" }, Partitions = 3 } };
        change?.Invoke(topic.Spec);
        return Client.CreateAsync(topic);
    }

    public Task<Topic> ReadyTopicAsync(string name) => UntilAsync<Topic>(name, topic => IsReady(topic.Status?.Conditions) && topic.Status!.ObservedGeneration == topic.Metadata.Generation);

    public Task<Topic> TopicWithReasonAsync(string name, string reason) => UntilAsync<Topic>(name, topic => Reason(topic.Status?.Conditions) == reason);

    public Task PatchAsync<T>(string name, string json)
        where T : class, IKubernetesObject<V1ObjectMeta> => Client.MergePatchAsync<T>(Namespace, name, JsonNode.Parse(json)!.AsObject());

    /// <summary>An annotation makes the operator look; when it looks for the second time, all that followed from the first is done.</summary>
    public async Task LookAgainAsync(string name)
    {
        for (int i = 0; i < 2; i++)
        {
            int looks = Brokers.ClusterCalls;
            await PatchAsync<Cluster>("c", """{"metadata":{"annotations":{"look":"NAME"}}}""".Replace("NAME", $"{name}-{i}"));
            await Wait.UntilAsync(() => Brokers.ClusterCalls > looks, what: "looked at");
        }
    }

    /// <summary>Plays the kubelet: the API server of these tests has no nodes.</summary>
    public async Task<V1Pod> MakePodReadyAsync(string name = "c-nodes-0", string? notUid = null)
    {
        V1Pod pod = await UntilAsync<V1Pod>(name, found => found.Metadata.Uid != notUid && found.Metadata.DeletionTimestamp is null);
        var status = JsonNode.Parse("""{"status":{"phase":"Running","podIP":"10.0.0.9","conditions":[{"type":"Ready","status":"True"}]}}""")!.AsObject();
        return await Client.MergePatchAsync<V1Pod>(Namespace, pod.Metadata.Name!, status, new WriteOptions { Subresource = "status" });
    }

    public async Task<T> UntilAsync<T>(string name, Func<T, bool> condition)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        T? last = null;
        await Wait.UntilAsync(
            async () => (last = await Client.TryGetAsync<T>(Namespace, name)) is not null && condition(last),
            () => $"{typeof(T).Name} {name}: {(last is null ? "absent" : Kubernetes.Serialization.ApiJson.ToJsonObject(last).ToJsonString())}");
        return last!;
    }

    public Task UntilGoneAsync<T>(string name)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        Wait.UntilAsync(async () => await Client.TryGetAsync<T>(Namespace, name) is null, () => $"{typeof(T).Name} {name} is still there");

    public async Task<List<Eventsv1Event>> EventsAsync(string reason)
    {
        List<Eventsv1Event> events = [];
        await Wait.UntilAsync(async () => (events = [.. (await Client.ListAsync<Eventsv1Event>(Namespace)).Items.Where(e => e.Reason == reason)]).Count > 0, () => $"no event {reason}");
        return events;
    }

    public static bool IsReady(List<V1Condition>? conditions) => Conditions.IsTrue(conditions, "Ready");

    public static string Message(Cluster cluster) => Conditions.Find(cluster.Status!.Conditions, "Ready")!.Message;

    public static string? Reason(List<V1Condition>? conditions) => Conditions.Find(conditions, "Ready")?.Reason;
}
