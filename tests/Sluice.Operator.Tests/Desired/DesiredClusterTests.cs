using k8s.Models;
using Sluice.Operator.Desired;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Tests.Desired;

public sealed class DesiredClusterTests
{
    [Fact]
    public void The_settings_of_a_node_come_from_file_and_arguments()
    {
        DesiredCluster desired = Build(spec => spec.Config = new() { ["num.partitions"] = "3", ["log.dirs"] = "/etc", ["x"] = "a\nnode.id=9" });
        string properties = desired.Objects.OfType<V1ConfigMap>().Single().Data!["server.properties"];
        Assert.Equal("""
            # Written by sluice-operator.
            listener.security.protocol.map=PLAIN:PLAINTEXT
            log.dirs=/var/lib/sluice/log
            num.partitions=3
            process.roles=broker,controller
            x=a\nnode.id=9

            """, properties);
        Assert.Equal(
            "/etc/sluice/server.properties --override node.id=$(POD_INDEX) --override listeners=PLAIN://0.0.0.0:9092 " +
            "--override advertised.listeners=PLAIN://$(POD_NAME).c-brokers.ns.svc.cluster.local:9092 --override sluice.http.listen=0.0.0.0:9404",
            Arguments(desired));
    }

    [Fact]
    public void Where_names_do_not_resolve_pods_use_their_addresses() => Assert.Equal(
        "/etc/sluice/server.properties --override node.id=$(POD_INDEX) --override listeners=PLAIN://$(POD_IP):9092 " +
        "--override advertised.listeners=PLAIN://$(POD_IP):9092 --override sluice.http.listen=$(POD_IP):9404",
        Arguments(Build(domain: "")));

    [Fact]
    public void Only_settings_that_need_a_restart_change_the_pods()
    {
        Assert.Equal(Hash(Build()), Hash(Build(spec => spec.Config = new() { ["message.max.bytes"] = "1" })));
        Assert.NotEqual(Hash(Build()), Hash(Build(spec => spec.Config = new() { ["num.partitions"] = "2" })));
        Assert.Equal(
            Hash(Build(spec => spec.Config = new() { ["num.partitions"] = "2", ["queued.max.requests"] = "5" })),
            Hash(Build(spec => spec.Config = new() { ["queued.max.requests"] = "5", ["num.partitions"] = "2" })));
    }

    [Fact]
    public void Claim_templates_that_exist_are_kept_as_they_are()
    {
        V1StatefulSet existing = Build().StatefulSets["nodes"];
        DesiredCluster desired = Build(spec => spec.NodePools[0].Storage.Size = "5Gi", existing: existing);
        Assert.Equal("1Gi", desired.StatefulSets["nodes"].Spec!.VolumeClaimTemplates![0].Spec!.Resources!.Requests!["storage"].ToString());
    }

    [Fact]
    public void Volumes_go_with_the_cluster_only_when_asked_for()
    {
        Assert.Equal("Retain", Build().StatefulSets["nodes"].Spec!.PersistentVolumeClaimRetentionPolicy!.WhenDeleted);
        Assert.Equal("Delete", Build(spec => spec.NodePools[0].Storage.DeleteClaim = true).StatefulSets["nodes"].Spec!.PersistentVolumeClaimRetentionPolicy!.WhenDeleted);
    }

    [Fact]
    public void Everything_is_owned_by_the_cluster_and_labelled_as_its_own()
    {
        DesiredCluster desired = Build();
        Assert.All(desired.Objects.Concat(desired.StatefulSets.Values), child =>
        {
            Assert.Equal("uid", Assert.Single(child.Metadata.OwnerReferences!).Uid);
            Assert.Equal("sluice-operator", child.Metadata.Labels!["app.kubernetes.io/managed-by"]);
        });
    }

    [Fact]
    public void The_settings_that_need_no_restart_are_those_of_the_brokers_table()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Platform.sln"))) folder = Path.GetDirectoryName(folder);
        string table = Path.Combine(folder!, "broker", "Sluice.Core", "Configuration", "Definitions", "broker.tsv");
        IEnumerable<string> dynamic = File.ReadLines(table).Where(line => !line.StartsWith('#')).Select(line => line.Split('\t')).Where(columns => columns.Length > 5 && columns[5] == "cluster-wide").Select(columns => columns[0]);
        Assert.Equal(dynamic.Order(StringComparer.Ordinal), BrokerSettings.Dynamic.Order(StringComparer.Ordinal));
    }

    private static DesiredCluster Build(Action<ClusterSpec>? change = null, string domain = "cluster.local", V1StatefulSet? existing = null)
    {
        var cluster = new Cluster
        {
            Metadata = new() { Name = "c", NamespaceProperty = "ns", Uid = "uid" },
            Spec = { Listeners = [new Listener { Name = "plain", Port = 9092 }], NodePools = [new NodePool { Name = "nodes", Storage = { Size = "1Gi" } }] },
        };
        change?.Invoke(cluster.Spec);
        return DesiredCluster.Build(cluster, new ClusterNames(cluster, domain), "image", _ => existing);
    }

    private static string Arguments(DesiredCluster desired) => string.Join(' ', desired.StatefulSets["nodes"].Spec!.Template.Spec!.Containers[0].Args!);

    private static string Hash(DesiredCluster desired) => desired.StatefulSets["nodes"].Spec!.Template.Metadata!.Annotations![StatefulSetBuilder.ConfigHashAnnotation];
}
