using System.Text.Json.Nodes;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Kubernetes.Tests.Models;

public sealed class SerializationTests
{
    [Fact]
    public void A_pod_is_read_and_written_back_unchanged_unknown_fields_included()
    {
        const string Json = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","creationTimestamp":"2026-01-02T03:04:05Z","annotations":{"a":"<&>"},"future":1},
            "spec":{"containers":[{"name":"c","ports":[{"containerPort":80}],"resources":{"limits":{"cpu":"100m","memory":"1Gi"}},
            "livenessProbe":{"httpGet":{"port":"http","path":"/"}},"readinessProbe":{"httpGet":{"port":8080}}}],"brandNew":{"x":[1,2]}},
            "status":{"phase":"Running","podIPs":[{"ip":"10.0.0.1"}]}}
            """;
        Pod pod = KubernetesJson.FromJson<Pod>(JsonNode.Parse(Json)!);
        Assert.Equal(80, pod.Spec!.Containers[0].Ports![0].ContainerPortValue);
        Assert.Equal("http", pod.Spec.Containers[0].LivenessProbe!.HttpGet!.Port.Text);
        Assert.Equal(8080, pod.Spec.Containers[0].ReadinessProbe!.HttpGet!.Port.Number);
        Assert.Equal(0.1m, pod.Spec.Containers[0].Resources!.Limits!["cpu"].Value);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Json), KubernetesJson.ToJsonObject(pod)));
    }

    [Fact]
    public void Null_is_absent()
    {
        Endpoints endpoints = KubernetesJson.FromJson<Endpoints>(JsonNode.Parse("""{"metadata":{"name":null,"creationTimestamp":null,"labels":null},"subsets":null}""")!);
        Assert.Null(endpoints.Metadata.CreationTimestamp);
        Role role = KubernetesJson.FromJson<Role>(JsonNode.Parse("""{"rules":[{"verbs":null}]}""")!);
        Assert.Empty(role.Rules![0].Verbs);
        Event old = KubernetesJson.FromJson<Event>(JsonNode.Parse("""{"eventTime":null,"deprecatedCount":2}""")!);
        Assert.Null(old.EventTime);
    }

    [Fact]
    public void Absent_stays_absent_and_zero_stays_zero()
    {
        JsonObject json = KubernetesJson.ToJsonObject(new StatefulSet { Metadata = { Name = "s" }, Spec = new StatefulSetSpec { Replicas = 0 } });
        Assert.Equal(0, json["spec"]!["replicas"]!.GetValue<int>());
        Assert.False(json["spec"]!.AsObject().ContainsKey("minReadySeconds"));
        Assert.False(json.ContainsKey("status"));
    }

    [Fact]
    public void Times_have_the_digits_that_the_api_wants()
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2));
        JsonObject lease = KubernetesJson.ToJsonObject(new Lease { Metadata = { CreationTimestamp = time }, Spec = new LeaseSpec { RenewTime = time } });
        Assert.Equal("2026-01-02T01:04:05Z", lease["metadata"]!["creationTimestamp"]!.ToString());
        Assert.Equal("2026-01-02T01:04:05.678000Z", lease["spec"]!["renewTime"]!.ToString());
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("100m", 0.1)]
    [InlineData("1.5", 1.5)]
    [InlineData("2Gi", 2147483648)]
    [InlineData("1e3", 1000)]
    [InlineData("1E", 1e18)]
    [InlineData("12k", 12000)]
    [InlineData("-5Ki", -5120)]
    public void A_quantity_is_read(string text, double value)
    {
        Quantity quantity = Quantity.Parse(text);
        Assert.Equal((decimal)value, quantity.Value);
        Assert.Equal(text, quantity.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Gi")]
    [InlineData("1GiB")]
    [InlineData("1e3Ki")]
    [InlineData("1 Gi")]
    [InlineData("99999999999999999999999999Ei")]
    [InlineData("NaN")]
    public void A_bad_quantity_is_refused(string text) => Assert.False(Quantity.TryParse(text, out _));

    [Fact]
    public void Equal_amounts_are_equal_however_written() => Assert.Equal(Quantity.Parse("1Gi"), Quantity.Parse("1024Mi"));

    [Fact]
    public void Yaml_scalars_have_the_types_that_kubernetes_gives_them()
    {
        JsonNode tree = Assert.Single(KubernetesYaml.Parse("""
            a: 1
            b: "1"
            c: yes
            d: 'yes'
            e: 1.5
            f: ~
            g: 0x10
            h: 0644
            i: 2026-01-01
            j: [x, {y: z}]
            k: |
              two
              lines
            l: 1e3
            m: 1_000
            """));
        Assert.Equal(
            """{"a":1,"b":"1","c":true,"d":"yes","e":1.5,"f":null,"g":16,"h":420,"i":"2026-01-01","j":["x",{"y":"z"}],"k":"two\nlines\n","l":1000,"m":1000}""",
            tree.ToJsonString());
    }

    [Fact]
    public void Yaml_is_written_so_that_it_reads_back_the_same()
    {
        var tree = JsonNode.Parse("""{"a":"1","b":"yes","c":"x: y","d":"","e":"multi\nline\n","f":[],"g":{},"h":[{"i":1.5,"j":null,"k":true}],"l":"~","m":"2026-01-01","n":"#","o":"0644","p":" lead","q":"trail "}""")!;
        string yaml = KubernetesYaml.Write(tree);
        Assert.True(JsonNode.DeepEquals(tree, KubernetesYaml.Parse(yaml).Single()), yaml);
    }

    [Theory]
    [InlineData("a: 1\na: 2", "uplicate")]
    [InlineData("a: [", "line")]
    [InlineData("? [x]\n: 1", "key")]
    public void Bad_yaml_says_where(string yaml, string message) => Assert.Contains(message, Assert.Throws<FormatException>(() => KubernetesYaml.Parse(yaml)).Message);

    [Fact]
    public void Aliases_cannot_blow_up_memory()
    {
        string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + string.Concat(Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Assert.Contains("nodes", Assert.Throws<FormatException>(() => KubernetesYaml.Parse(bomb)).Message);
    }
}
