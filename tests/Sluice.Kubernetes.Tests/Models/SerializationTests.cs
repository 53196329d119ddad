using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Kubernetes.Tests.Models;

public sealed class SerializationTests
{
    [Fact]
    public void A_pod_is_read_and_written_back_unchanged()
    {
        const string Json = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","creationTimestamp":"2026-01-02T03:04:05Z","annotations":{"a":"<&>"}},
            "spec":{"containers":[{"name":"c","ports":[{"containerPort":80}],"resources":{"limits":{"cpu":"100m","memory":"1Gi"}},
            "livenessProbe":{"httpGet":{"port":"http","path":"/"}},"readinessProbe":{"httpGet":{"port":8080}}}]},
            "status":{"phase":"Running","podIPs":[{"ip":"10.0.0.1"}]}}
            """;
        V1Pod pod = ApiJson.FromJson<V1Pod>(JsonNode.Parse(Json)!);
        Assert.Equal(80, pod.Spec.Containers[0].Ports[0].ContainerPort);
        Assert.Null(pod.Spec.Containers[0].LivenessProbe.HttpGet.Port.Number());
        Assert.Equal("http", pod.Spec.Containers[0].LivenessProbe.HttpGet.Port.Value);
        Assert.Equal(8080, pod.Spec.Containers[0].ReadinessProbe.HttpGet.Port.Number());
        Assert.Equal(0.1m, pod.Spec.Containers[0].Resources.Limits["cpu"].ToDecimal());
        Assert.Equal(DateTimeKind.Utc, pod.Metadata.CreationTimestamp!.Value.Kind);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Json), ApiJson.ToJsonObject(pod)));
    }

    [Fact]
    public void Null_is_absent()
    {
        V1Endpoints endpoints = ApiJson.FromJson<V1Endpoints>(JsonNode.Parse("""{"metadata":{"name":null,"creationTimestamp":null,"labels":null},"subsets":null}""")!);
        Assert.Null(endpoints.Metadata.CreationTimestamp);
        Assert.Null(endpoints.Subsets);
        Eventsv1Event old = ApiJson.FromJson<Eventsv1Event>(JsonNode.Parse("""{"eventTime":null,"deprecatedCount":2}""")!);
        Assert.Null(old.EventTime);
        Assert.Equal("""{"metadata":{"name":"a"}}""", ApiJson.ToJsonObject(new V1ConfigMap { Metadata = new() { Name = "a" } }).ToJsonString());
    }

    [Fact]
    public void An_initial_value_of_a_custom_resource_stays_where_the_api_writes_null() =>
        Assert.Empty(ApiJson.FromJson<Initial>(JsonNode.Parse("""{"list":null}""")!).List);

    private sealed class Initial
    {
        public List<string> List { get; set; } = [];
    }

    [Fact]
    public void Managed_fields_are_left_out()
    {
        V1ConfigMap map = ApiJson.FromJson<V1ConfigMap>(JsonNode.Parse("""{"metadata":{"managedFields":[{"manager":"m","fieldsV1":{"f:x":{}}}],"name":"a"}}""")!);
        Assert.Equal("a", map.Metadata.Name);
        Assert.Null(map.Metadata.ManagedFields);
    }

    [Fact]
    public void Absent_stays_absent_and_zero_stays_zero()
    {
        JsonObject json = ApiJson.ToJsonObject(new V1StatefulSet { Metadata = new() { Name = "s" }, Spec = new V1StatefulSetSpec { Replicas = 0 } });
        Assert.Equal(0, json["spec"]!["replicas"]!.GetValue<int>());
        Assert.False(json["spec"]!.AsObject().ContainsKey("minReadySeconds"));
        Assert.False(json.ContainsKey("status"));
    }

    [Fact]
    public void Times_have_the_digits_that_the_api_wants()
    {
        DateTime time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2)).UtcDateTime;
        JsonObject lease = ApiJson.ToJsonObject(new V1Lease { Metadata = new() { CreationTimestamp = time }, Spec = new V1LeaseSpec { RenewTime = time } });
        Assert.Equal("2026-01-02T01:04:05Z", lease["metadata"]!["creationTimestamp"]!.ToString());
        Assert.Equal("2026-01-02T01:04:05.678000Z", lease["spec"]!["renewTime"]!.ToString());
        var whole = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        JsonObject recorded = ApiJson.ToJsonObject(new Eventsv1Event { EventTime = whole, Series = new Eventsv1EventSeries { LastObservedTime = whole } });
        Assert.Equal("2026-01-02T03:04:05.000000Z", recorded["eventTime"]!.ToString());
        Assert.Equal("2026-01-02T03:04:05.000000Z", recorded["series"]!["lastObservedTime"]!.ToString());
        Assert.Equal(whole, ApiJson.FromJson<Eventsv1Event>(recorded).EventTime);
        Assert.Equal(whole.AddTicks(1234567), ApiJson.FromJson<V1LeaseSpec>(JsonNode.Parse("""{"renewTime":"2026-01-02T04:04:05.123456789+01:00"}""")!).RenewTime);
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
    public void A_quantity_is_read(string text, double value) =>
        Assert.Equal((decimal)value, ReadQuantity(text).ToDecimal());

    [Theory]
    [InlineData("")]
    [InlineData("Gi")]
    [InlineData("1GiB")]
    [InlineData("1e3Ki")]
    [InlineData("1 Gi")]
    [InlineData("99999999999999999999999999E")]
    [InlineData("9e99")]
    [InlineData("1e999999999")]
    [InlineData("NaN")]
    [InlineData("1\n")]
    public void A_bad_quantity_is_refused(string text) => Assert.Throws<JsonException>(() => ReadQuantity(text));

    [Fact]
    public void Equal_amounts_are_equal_however_written() => Assert.Equal(ReadQuantity("1Gi"), ReadQuantity("1024Mi"));

    [Theory]
    [InlineData("100m")]
    [InlineData("2Gi")]
    [InlineData("500M")]
    [InlineData("16Mi")]
    public void A_quantity_is_written_as_the_api_server_keeps_it(string text) => Assert.Equal($"\"{text}\"", Encoding.UTF8.GetString(ApiJson.ToUtf8(ReadQuantity(text))));

    [Theory]
    [InlineData("true")]
    [InlineData("[]")]
    [InlineData("1e99")]
    public void What_is_neither_number_nor_text_is_no_port(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<IntOrString>(json, ApiJson.Options));

    private static ResourceQuantity ReadQuantity(string text) => ApiJson.FromJson<ResourceQuantity>(JsonValue.Create(text));

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
