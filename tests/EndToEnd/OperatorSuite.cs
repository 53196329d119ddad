using System.Text.Json;
using Support;

namespace EndToEnd;

/// <summary>What the operator does for its users, seen with kubectl and a Kafka client. The same suite runs on every Kubernetes.</summary>
public abstract class OperatorSuite(KubernetesUnderTest kubernetes)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(120);

    [SkippableFact]
    public void A_topic_manifest_becomes_a_topic_that_clients_write_to_and_read_from()
    {
        kubernetes.Require();
        Ready("orders", Topic("orders", partitions: 3));

        string listed = kubernetes.Kubectl("get", "clusters,topics,statefulsets,pods");
        Assert.Contains("topic.sluice.dev/orders", listed);
        Assert.Contains(kubernetes.Bootstrap(), listed);

        kubernetes.Bash("seq 1 20000 | sed 's/.*/key-&:value &/' | kcat -b $1 -t orders -K : -P", kubernetes.Bootstrap()).Succeeded();
        string count = kubernetes.Bash("kcat -b $1 -t orders -C -o beginning -e -q -f '%k:%s\\n' | sort | uniq | wc -l", kubernetes.Bootstrap()).Succeeded();
        Assert.Equal("20000", count.Trim());
    }

    [SkippableFact]
    public void A_changed_manifest_grows_the_topic_and_fewer_partitions_are_refused_at_once()
    {
        kubernetes.Require();
        Ready("grown", Topic("grown", partitions: 3));
        kubernetes.Apply(Topic("grown", partitions: 7));
        Wait.Until("the topic has 7 partitions", Soon, () => Partitions("grown") == 7);

        Finished refused = kubernetes.TryKubectl(Topic("grown", partitions: 2), "apply", "-f", "-");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("spec.partitions", refused.Errors);
        Assert.Equal(7, Partitions("grown"));
    }

    [SkippableFact]
    public void A_setting_that_does_not_exist_is_named_in_the_status_and_in_an_event()
    {
        kubernetes.Require();
        kubernetes.Apply(Topic("wrong", config: "retention.msec: \"1000\""));
        Wait.Until("a condition names the setting", Soon, () => Message("wrong").Contains("retention.msec", StringComparison.Ordinal));
        Assert.Equal("False", kubernetes.Field("topic", "wrong", ".status.conditions[?(@.type==\"Ready\")].status"));
        Wait.Until("an event names the setting", Soon, () =>
            kubernetes.Kubectl("get", "events").Split('\n').Any(line => line.Contains("topic/wrong", StringComparison.OrdinalIgnoreCase) && line.Contains("retention.msec", StringComparison.Ordinal)));

        kubernetes.Apply(Topic("wrong", config: "retention.ms: \"1000000\""));
        kubernetes.Kubectl("wait", "--for=condition=Ready", "topic/wrong", "--timeout=120s");
    }

    [SkippableFact]
    public void A_topic_with_reclaim_policy_delete_goes_with_its_manifest_and_one_with_retain_stays()
    {
        kubernetes.Require();
        Ready("goes", Topic("goes", reclaim: "Delete"));
        Ready("stays", Topic("stays", reclaim: "Retain"));
        kubernetes.Kubectl("delete", "topic", "goes", "stays", "--timeout=120s");
        Assert.Equal(0, Partitions("goes"));
        Assert.Equal(1, Partitions("stays"));
    }

    [SkippableFact]
    public void Of_two_manifests_for_one_topic_the_older_wins_and_the_younger_says_why()
    {
        kubernetes.Require();
        Ready("first", Topic("first", topicName: "contested"));
        kubernetes.Apply(Topic("second", topicName: "contested", partitions: 5));
        Wait.Until("the second is refused", Soon, () => kubernetes.Field("topic", "second", ".status.conditions[?(@.type==\"Ready\")].reason") == "ResourceConflict");
        Assert.Equal(1, Partitions("contested"));
    }

    [SkippableFact]
    public void A_topic_that_was_deleted_behind_the_operator_is_made_again()
    {
        kubernetes.Require();
        string kafka = Judges.Kafka();
        Ready("drifted", Topic("drifted", partitions: 2));
        kubernetes.Bash("$1 topics --bootstrap-server $2 --delete --topic drifted", kafka, kubernetes.Bootstrap()).Succeeded();
        Wait.Until("the topic is back", TimeSpan.FromMinutes(3), () => Partitions("drifted") == 2);
    }

    [SkippableFact]
    public void A_child_that_was_deleted_is_made_again()
    {
        kubernetes.Require();
        foreach (string kind in new[] { "service", "configmap", "serviceaccount" })
        {
            string name = kubernetes.Kubectl("get", kind, "-l", "app.kubernetes.io/instance=sample", "-o", "jsonpath={.items[0].metadata.name}");
            string uid = kubernetes.Field(kind, name, ".metadata.uid");
            kubernetes.Kubectl("delete", kind, name);
            Wait.Until($"{kind} {name} is back", Soon, () => kubernetes.Field(kind, name, ".metadata.uid") is { Length: > 0 } now && now != uid);
        }

        kubernetes.Kubectl("wait", "--for=condition=Ready", "cluster/sample", "--timeout=120s");
    }

    [SkippableFact]
    public void A_killed_broker_comes_back_with_every_record()
    {
        kubernetes.Require();
        Ready("kept", Topic("kept"));
        kubernetes.Bash("seq 1 10000 | kcat -b $1 -t kept -P", kubernetes.Bootstrap()).Succeeded();
        kubernetes.KillBroker();
        Wait.Until("every record can be read", TimeSpan.FromMinutes(2), () =>
        {
            Finished read = kubernetes.Bash("timeout 20 kcat -b $1 -t kept -C -o beginning -e -q | wc -l", kubernetes.Bootstrap());
            return read.ExitCode == 0 && read.Output.Trim() == "10000";
        });
    }

    [SkippableFact]
    public void A_changed_setting_of_the_cluster_reaches_the_broker()
    {
        kubernetes.Require();
        string patch = """{"spec":{"config":{"num.partitions":"4"}}}""";
        kubernetes.Kubectl("patch", "cluster", "sample", "--type=merge", "-p", patch);
        Wait.Until("a topic made by a client has 4 partitions", TimeSpan.FromMinutes(3), () =>
        {
            string topic = $"auto-{Guid.NewGuid():N}";
            kubernetes.Bash("echo x | timeout 20 kcat -b $1 -t $2 -P", kubernetes.Bootstrap(), topic);
            return Partitions(topic) == 4;
        });
        kubernetes.Kubectl("wait", "--for=condition=Ready", "cluster/sample", "--timeout=120s");
    }

    [SkippableFact]
    public void The_status_of_a_cluster_tells_its_generation_and_address()
    {
        kubernetes.Require();
        kubernetes.Kubectl("wait", "--for=condition=Ready", "cluster/sample", "--timeout=120s");
        using JsonDocument cluster = JsonDocument.Parse(kubernetes.Kubectl("get", "cluster", "sample", "-o", "json"));
        JsonElement status = cluster.RootElement.GetProperty("status");
        Assert.Equal(cluster.RootElement.GetProperty("metadata").GetProperty("generation").GetInt64(), status.GetProperty("observedGeneration").GetInt64());
        Assert.Matches(@"^.+:9092$", status.GetProperty("bootstrapAddress").GetString());
    }

    [SkippableFact]
    public void Two_clusters_that_make_the_same_name_do_not_meet()
    {
        kubernetes.Require();
        kubernetes.Apply(Cluster("a", pool: "b-c"));
        kubernetes.Kubectl("wait", "--for=condition=Ready", "cluster/a", "--timeout=180s");
        string generation = kubernetes.Field("statefulset", "a-b-c", ".metadata.generation");
        kubernetes.Apply(Cluster("a-b", pool: "c"));
        Wait.Until("the second says why it is not there", Soon, () => ClusterMessage("a-b").Contains("belongs to the Cluster a,", StringComparison.Ordinal));
        kubernetes.Kubectl("wait", "--for=condition=Ready", "cluster/a", "--timeout=60s");
        Assert.Equal(generation, kubernetes.Field("statefulset", "a-b-c", ".metadata.generation"));
        kubernetes.Kubectl("delete", "cluster", "a", "--timeout=120s");
        Wait.Until("the second does not take the volume", Soon, () => ClusterMessage("a-b").Contains("data-a-b-c-0 holds the records of the Cluster a:", StringComparison.Ordinal));
        kubernetes.Kubectl("delete", "cluster/a-b", "pvc/data-a-b-c-0", "--timeout=120s");
    }

    [SkippableFact]
    public void An_object_that_was_there_before_outlives_the_cluster_that_wanted_its_name()
    {
        kubernetes.Require();
        kubernetes.Kubectl("create", "configmap", "foreign-nodes-config", "--from-literal=mine=yes");
        kubernetes.Apply(Cluster("foreign"));
        Wait.Until("the cluster says what is in its way", Soon, () => ClusterMessage("foreign").Contains("sluice.dev/adopt-by=foreign", StringComparison.Ordinal));
        Wait.Until("and an event does", Soon, () => kubernetes.Kubectl("get", "events").Split('\n').Any(line => line.Contains("ResourceConflict", StringComparison.Ordinal) && line.Contains("foreign-nodes-config", StringComparison.Ordinal)));
        kubernetes.Kubectl("delete", "cluster", "foreign", "--timeout=120s");
        Assert.Equal("yes", kubernetes.Field("configmap", "foreign-nodes-config", ".data.mine"));
        kubernetes.Kubectl("delete", "configmap", "foreign-nodes-config");
    }

    [SkippableFact]
    public void A_volume_that_is_being_deleted_keeps_its_pod_and_its_records_are_brought_to_safety_as_the_guide_says()
    {
        kubernetes.Require();
        kubernetes.Apply(Cluster("leaving"));
        kubernetes.Kubectl("wait", "--for=condition=Ready", "cluster/leaving", "--timeout=180s");
        string bootstrap = kubernetes.Field("cluster", "leaving", ".status.bootstrapAddress");
        kubernetes.Bash("seq 1 5000 | kcat -b $1 -t kept -P", bootstrap).Succeeded();
        string pod = kubernetes.Field("pod", "leaving-nodes-0", ".metadata.uid");
        string volume = kubernetes.Field("pvc", "data-leaving-nodes-0", ".spec.volumeName");

        kubernetes.Kubectl("delete", "pvc", "data-leaving-nodes-0", "--wait=false");
        Wait.Until("the cluster says what to do", Soon, () => ClusterMessage("leaving").Contains($"kubectl patch pv {volume}", StringComparison.Ordinal));
        kubernetes.Kubectl("patch", "cluster", "leaving", "--type=merge", "-p", """{"spec":{"config":{"num.partitions":"3"}}}""");
        Wait.Until("a restart is due", Soon, () => kubernetes.Field("statefulset", "leaving-nodes", ".status.updateRevision") != kubernetes.Field("pod", "leaving-nodes-0", ".metadata.labels.controller-revision-hash")
            && kubernetes.Field("cluster", "leaving", ".status.observedGeneration") == kubernetes.Field("cluster", "leaving", ".metadata.generation"));
        Assert.Equal(pod, kubernetes.Field("pod", "leaving-nodes-0", ".metadata.uid"));
        Assert.Equal("5000", Records(bootstrap));

        // The guide, step by step.
        kubernetes.Kubectl("patch", "pv", volume, "-p", """{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}""");
        kubernetes.Kubectl("annotate", "cluster", "leaving", "sluice.dev/pause-reconciliation=true");
        kubernetes.Kubectl("wait", "--for=jsonpath={.status.conditions[0].reason}=ReconciliationPaused", "cluster/leaving", "--timeout=60s");
        kubernetes.Kubectl("scale", "statefulset", "leaving-nodes", "--replicas=0");
        Wait.Until("the claim is gone", Soon, () => kubernetes.TryKubectl(null, "get", "pvc", "data-leaving-nodes-0").ExitCode != 0);
        kubernetes.Kubectl("patch", "pv", volume, "--type=merge", "-p", """{"spec":{"claimRef":{"uid":null,"resourceVersion":null}}}""");
        kubernetes.Kubectl("annotate", "cluster", "leaving", "sluice.dev/pause-reconciliation-");
        kubernetes.Kubectl("wait", "--for=condition=Ready", "cluster/leaving", "--timeout=180s");
        Assert.Equal(volume, kubernetes.Field("pvc", "data-leaving-nodes-0", ".spec.volumeName"));
        Assert.Equal("5000", Records(kubernetes.Field("cluster", "leaving", ".status.bootstrapAddress")));
        kubernetes.Kubectl("delete", "cluster/leaving", "--timeout=120s");
        kubernetes.Kubectl("delete", "pvc/data-leaving-nodes-0", $"pv/{volume}", "--timeout=120s");
    }

    private string ClusterMessage(string cluster) => kubernetes.Field("cluster", cluster, ".status.conditions[?(@.type==\"Ready\")].message");

    private string Records(string bootstrap) => kubernetes.Bash("timeout 60 kcat -b $1 -t kept -C -o beginning -e -q | wc -l", bootstrap).Succeeded().Trim();

    private static string Cluster(string name, string pool = "nodes") => $"""
        apiVersion: sluice.dev/v1alpha1
        kind: Cluster
        metadata:
          name: {name}
        spec:
          nodePools:
          - name: {pool}
            storage:
              size: 1Gi
        """;

    private void Ready(string name, string manifest)
    {
        kubernetes.Apply(manifest);
        kubernetes.Kubectl("wait", "--for=condition=Ready", $"topic/{name}", "--timeout=120s");
    }

    private string Message(string topic) => kubernetes.Field("topic", topic, ".status.conditions[?(@.type==\"Ready\")].message");

    // How many partitions a topic has by the broker's word; 0 when there is no such topic.
    private int Partitions(string topic)
    {
        Finished listed = kubernetes.Bash("timeout 20 kcat -b $1 -L -J", kubernetes.Bootstrap());
        if (listed.ExitCode != 0) return -1;
        using JsonDocument metadata = JsonDocument.Parse(listed.Output);
        foreach (JsonElement candidate in metadata.RootElement.GetProperty("topics").EnumerateArray())
        {
            if (candidate.GetProperty("topic").GetString() == topic) return candidate.GetProperty("partitions").GetArrayLength();
        }

        return 0;
    }

    private static string Topic(string name, int partitions = 1, string? config = null, string? reclaim = null, string? topicName = null) => $"""
        apiVersion: sluice.dev/v1alpha1
        kind: Topic
        metadata:
          name: {name}
        spec:
          clusterRef:
            name: sample
          partitions: {partitions}
          {(reclaim is null ? "" : $"reclaimPolicy: {reclaim}")}
          {(topicName is null ? "" : $"topicName: {topicName}")}
          {(config is null ? "" : $"config: {{{config}}}")}
        """;
}

/// <inheritdoc/>
public sealed class OperatorOnEmbeddedKubernetes(EmbeddedKubernetes kubernetes) : OperatorSuite(kubernetes), IClassFixture<EmbeddedKubernetes>;

/// <inheritdoc/>
public sealed class OperatorOnRealKubernetes(RealKubernetes kubernetes) : OperatorSuite(kubernetes), IClassFixture<RealKubernetes>;
