using Support;
using Support.Clients;

namespace Compatibility.Clients;

/// <summary>What docs/coming-from-kafka.md says of Kafka's tools is so.</summary>
public sealed class MovingPageTests
{
    [SkippableFact]
    public void The_tools_do_what_the_page_says()
    {
        KafkaTools.Require();
        using var broker = new TestBroker("group.initial.rebalance.delay.ms=0");
        string Run(params string[] command) => KafkaTools.Run(command[0], [.. command[1..], "--bootstrap-server", broker.Bootstrap]).Succeeded();
        Run("topics", "--create", "--topic", "read");
        Run("console-consumer", "--topic", "read", "--group", "g", "--timeout-ms", "1000");

        string[][] commands = MovingPage.Commands();
        Assert.Equal(["topics", "configs", "configs", "configs", "consumer-groups"], commands.Select(c => c[0]));
        string[] outputs = [.. commands.Select(Run)];
        Assert.Contains("Created topic t", outputs[0]);
        Assert.Contains("Completed updating config for topic t", outputs[1]);
        Assert.Contains("Completed updating default config for brokers", outputs[2]);
        Assert.Matches(@"retention\.ms=3600000 .*DYNAMIC_TOPIC_CONFIG:retention\.ms=3600000", outputs[3]);
        Assert.Matches(@"g\s+read\s+0\s+0\s+0\s+0", outputs[4]);

        Assert.Contains("ApiVersions(18): 0 to 4", Run("broker-api-versions"));
        Assert.Equal("", Run("share-groups", "--list").Trim());
        Assert.Equal("", Run("streams-groups", "--list").Trim());
    }

    [SkippableFact]
    public void The_tools_for_what_is_not_there_say_so()
    {
        KafkaTools.Require();
        using var broker = new TestBroker("group.initial.rebalance.delay.ms=0");
        string Refused(params string[] command)
        {
            Finished finished = KafkaTools.Run(command[0], ["--bootstrap-server", broker.Bootstrap, .. command[1..]]);
            return finished.Output + finished.Errors;
        }

        Assert.Contains("SecurityDisabledException: No Authorizer is configured", Refused("acls", "--list"));
        Assert.Contains("does not support LIST_TRANSACTIONS", Refused("transactions", "list"));
        KafkaTools.Run("topics", ["--bootstrap-server", broker.Bootstrap, "--create", "--topic", "fixed"]).Succeeded();
        string plan = Path.Combine(broker.Folder, "plan.json");
        File.WriteAllText(plan, """{"version": 1, "partitions": [{"topic": "fixed", "partition": 0, "replicas": [2]}]}""");
        Assert.Contains("Unknown broker id 2", Refused("reassign-partitions", "--reassignment-json-file", plan, "--execute"));
    }
}
