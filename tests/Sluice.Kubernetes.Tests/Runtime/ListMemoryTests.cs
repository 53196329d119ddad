using System.Globalization;
using System.Text;
using k8s;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Models;
using Xunit.Abstractions;

namespace Sluice.Kubernetes.Tests.Runtime;

/// <summary>What reading a long list leaves behind: an operator lists everything whenever it starts or its watch expires.</summary>
public sealed class ListMemoryTests(ITestOutputHelper output)
{
    private const int Topics = 10_000;
    private const int PageSize = 500;

    /// <summary>A Topic as an API server sends it: with the fields' managers, one of which is the operator.</summary>
    private const string Item = """
        {"apiVersion":"sluice.dev/v1alpha1","kind":"Topic","metadata":{"name":"topic-NUMBER","namespace":"events","uid":"4b3f3c9e-0000-4000-8000-NUMBER",
        "resourceVersion":"NUMBER","generation":1,"creationTimestamp":"2026-01-02T03:04:05Z","finalizers":["sluice.dev/topic"],
        "managedFields":[{"manager":"kubectl","operation":"Apply","apiVersion":"sluice.dev/v1alpha1","time":"2026-01-02T03:04:05Z","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:clusterRef":{"f:name":{}},"f:config":{"f:retention.ms":{}},"f:partitions":{}}}},
        {"manager":"sluice-operator","operation":"Apply","apiVersion":"sluice.dev/v1alpha1","time":"2026-01-02T03:04:06Z","fieldsType":"FieldsV1","subresource":"status","fieldsV1":{"f:status":{"f:conditions":{"k:{\"type\":\"Ready\"}":{".":{},"f:status":{}}}}}}]},
        "spec":{"clusterRef":{"name":"main"},"partitions":12,"replicas":1,"config":{"retention.ms":"604800000"},"reclaimPolicy":"Retain"},
        "status":{"observedGeneration":1,"conditions":[{"type":"Ready","status":"True","reason":"retention","message":"the topic is as the manifest says","lastTransitionTime":"2026-01-02T03:04:06Z","observedGeneration":1}],"topicName":"topic-NUMBER","topicId":"AAAAAAAAAAAAAAAAAAAAAA","partitions":12,"replicas":1}}
        """;

    [Fact]
    public void Ten_thousand_objects_are_read_with_less_memory_than_the_library_takes()
    {
        byte[][] pages = [.. Enumerable.Range(0, Topics / PageSize).Select(Page)];
        long ours = Allocated(() => pages.SelectMany(page => ListReader.Read<Topic>(page, static (_, error) => throw error).Items).ToList());
        long theirs = Allocated(() => pages.SelectMany(page => KubernetesJson.Deserialize<TopicList>(new MemoryStream(page)).Items).ToList());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Topics} objects of {pages[0].Length / PageSize} bytes: {ours / 1e6:0.0} MB allocated, {theirs / 1e6:0.0} MB by the library"));
        Assert.True(ours < theirs, $"{ours} bytes are allocated where the library takes {theirs}");
        Assert.True(ours < 27_000_000, $"{ours} bytes are allocated for {Topics} objects");
    }

    private static long Allocated(Func<List<Topic>> read)
    {
        // The first time makes what serializers keep.
        Assert.Equal(Topics, read().Count);
        long before = GC.GetAllocatedBytesForCurrentThread();
        List<Topic> topics = read();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal("retention", topics[^1].Status!.Conditions[0].Reason);
        return allocated;
    }

    private static byte[] Page(int page)
    {
        var text = new StringBuilder("""{"apiVersion":"sluice.dev/v1alpha1","kind":"TopicList","metadata":{"resourceVersion":"100000","continue":"token"},"items":[""");
        for (int i = page * PageSize; i < (page + 1) * PageSize; i++)
        {
            if (i % PageSize > 0) text.Append(',');
            text.Append(Item.Replace("NUMBER", i.ToString("D5", CultureInfo.InvariantCulture), StringComparison.Ordinal));
        }
        return Encoding.UTF8.GetBytes(text.Append("]}").ToString());
    }

    [KubernetesEntity(Group = "sluice.dev", ApiVersion = "v1alpha1", Kind = "Topic", PluralName = "topics")]
    private sealed class Topic : CustomResource<TopicSpec, TopicStatus>;

    private sealed class TopicSpec
    {
        public ClusterRef? ClusterRef { get; set; }

        public int Partitions { get; set; }

        public int Replicas { get; set; }

        public Dictionary<string, string>? Config { get; set; }

        public string? ReclaimPolicy { get; set; }
    }

    private sealed class ClusterRef
    {
        public string? Name { get; set; }
    }

    private sealed class TopicStatus
    {
        public long? ObservedGeneration { get; set; }

        public List<V1Condition> Conditions { get; set; } = [];

        public string? TopicName { get; set; }

        public string? TopicId { get; set; }

        public int? Partitions { get; set; }

        public int? Replicas { get; set; }
    }

    private sealed class TopicList : IItems<Topic>
    {
        public V1ListMeta? Metadata { get; set; }

        public IList<Topic> Items { get; set; } = [];
    }
}
