using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;
using Sluice.Local.NodeAgent;
using Support;

namespace Sluice.Local.Tests.Pods;

/// <summary>A cluster in a folder of its own, with an image "test/shell" behind which are the programs of this machine.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly ILoggerFactory _logs;

    public TestCluster()
    {
        Folder = Directory.CreateTempSubdirectory("sluice-test-").FullName;
        _logs = LoggerFactory.Create(b => b.AddProvider(new ListLogger(Log)).SetMinimumLevel(LogLevel.Warning));
    }

    public string Folder { get; }

    public List<string> Log { get; } = [];

    public LocalCluster Cluster { get; private set; } = null!;

    public KubernetesClient Client => Cluster.Client;

    public static async Task<TestCluster> StartAsync()
    {
        var result = new TestCluster();
        await result.StartAgainAsync();
        return result;
    }

    public async Task StartAgainAsync() => Cluster = await LocalCluster.StartAsync(new LocalClusterOptions
    {
        DataDirectory = Folder,
        Images = new ImageTable().Add("test/shell", new([], [])).Add("test/sleep", new(["/bin/sleep"], [])),
        LoggerFactory = _logs,
    });

    public async Task ApplyAsync(string yaml)
    {
        foreach (var node in KubernetesYaml.Parse(yaml))
        {
            var item = node.AsObject();
            item["metadata"]!["namespace"] ??= "default";
            await Client.Resource(TypeOf(item)).CreateAsync(item);
        }
    }

    public Task<V1Pod?> PodAsync(string name) => Client.TryGetAsync<V1Pod>("default", name);

    public async Task<V1Pod> PodAsync(string name, Func<V1Pod, bool> condition)
    {
        V1Pod? last = null;
        await EventuallyAsync(async () => (last = await PodAsync(name)) is not null && condition(last), () => Describe(last));
        return last!;
    }

    public static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(c => c.Type == "Ready" && c.Status == "True") == true;

    public static int PidOf(V1Pod pod, string folder, string container = "main")
    {
        var path = Path.Combine(folder, "pods", $"{pod.Metadata.NamespaceProperty}_{pod.Metadata.Name}_{pod.Metadata.Uid}", container, "state.json");
        return JsonNode.Parse(File.ReadAllText(path))!["process"]!["pid"]!.GetValue<int>();
    }

    public Task EventuallyAsync(Func<Task<bool>> condition, Func<string>? describe = null) =>
        Wait.UntilAsync(condition, () => $"{describe?.Invoke()}\n{string.Join("\n", Log)}");

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await LocalNodeAgent.StopLeftoverPodsAsync(Folder, TimeSpan.Zero);
        _logs.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string Describe(V1Pod? pod) => pod is null ? "no pod" : ApiJson.ToJsonObject(pod).ToJsonString();

    private static ResourceType TypeOf(JsonObject item)
    {
        Type[] known = [typeof(V1Pod), typeof(V1ConfigMap), typeof(V1Secret), typeof(V1Service), typeof(V1StatefulSet), typeof(V1PersistentVolumeClaim)];
        return known.Select(ResourceType.Of).Single(t => t.Kind == item["kind"]!.ToString());
    }

    private sealed class ListLogger(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines) lines.Add($"{logLevel} {formatter(state, exception)} {exception}");
        }

        public void Dispose()
        {
        }
    }
}
