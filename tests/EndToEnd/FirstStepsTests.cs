using Support;

namespace EndToEnd;

/// <summary>The README's first steps, with the real kubectl and a real Kafka client.</summary>
public sealed class FirstStepsTests(SluiceUp sluice) : IClassFixture<SluiceUp>
{
    private const string Orders = """
        apiVersion: sluice.dev/v1alpha1
        kind: Topic
        metadata:
          name: orders
        spec:
          clusterRef:
            name: sample
          partitions: 3
          config:
            retention.ms: "604800000"
        """;

    [SkippableFact]
    public void A_topic_manifest_becomes_a_topic_that_clients_write_to_and_read_from()
    {
        Judges.Command("kcat");
        sluice.Apply(Orders);
        sluice.Kubectl("wait", "--for=condition=Ready", "topic/orders", "--timeout=30s");

        string listed = sluice.Kubectl("get", "clusters,topics,statefulsets,pods");
        Assert.Contains("topic.sluice.dev/orders", listed);
        Assert.Contains(sluice.Bootstrap(), listed);

        Shell.Bash("seq -f 'key-%g:value %g' 1 20000 | kcat -b $1 -t orders -K : -P", sluice.Bootstrap()).Succeeded();
        string count = Shell.Bash("kcat -b $1 -t orders -C -o beginning -e -q -f '%k:%s\\n' | sort | uniq | wc -l", sluice.Bootstrap()).Succeeded();
        Assert.Equal("20000", count.Trim());
    }

    [SkippableFact]
    public void A_changed_manifest_changes_the_topic_and_an_impossible_change_is_refused()
    {
        Judges.Command("kcat");
        string manifest = Orders.Replace("name: orders", "name: grown", StringComparison.Ordinal);
        sluice.Apply(manifest);
        sluice.Kubectl("wait", "--for=condition=Ready", "topic/grown", "--timeout=30s");
        sluice.Apply(manifest.Replace("partitions: 3", "partitions: 7", StringComparison.Ordinal));
        Until.True("the topic has 7 partitions", TimeSpan.FromSeconds(30), () =>
            Shell.Bash("kcat -b $1 -L -t grown", sluice.Bootstrap()).Succeeded().Contains("with 7 partitions", StringComparison.Ordinal));

        Finished refused = sluice.TryKubectl(manifest.Replace("partitions: 3", "partitions: 2", StringComparison.Ordinal), "apply", "-f", "-");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("spec.partitions", refused.Errors);
    }

    [SkippableFact]
    public void A_manifest_with_an_unknown_setting_says_so_in_its_status()
    {
        sluice.Apply(Orders.Replace("name: orders", "name: wrong", StringComparison.Ordinal).Replace("retention.ms", "retention.msec", StringComparison.Ordinal));
        string message = Until.NotNull("a condition that names the setting", TimeSpan.FromSeconds(30), () =>
        {
            string text = sluice.Kubectl("get", "topic", "wrong", "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].message}");
            return text.Contains("retention.msec", StringComparison.Ordinal) ? text : null;
        });
        Assert.DoesNotContain("Exception", message);
    }

    [SkippableFact]
    public void A_second_up_in_the_same_folder_says_that_it_runs_already()
    {
        Finished second = sluice.TrySluice("up");
        Assert.NotEqual(0, second.ExitCode);
        Assert.Contains("already", second.Output + second.Errors);
    }
}
