using Sluice.Core.Configuration;

namespace Sluice.Core.Tests.Configuration;

public sealed class BrokerConfigsTests
{
    private static BrokerProperties Parse(params (string Name, string Value)[] more)
    {
        var properties = new Dictionary<string, string> { ["node.id"] = "1", ["log.dirs"] = "/data" };
        foreach ((string name, string value) in more) properties[name] = value;
        return BrokerConfigs.Parse(properties);
    }

    private static string Errors(params (string Name, string Value)[] more) =>
        Assert.Throws<ConfigurationException>(() => Parse(more)).Message;

    [Fact]
    public void Two_properties_are_enough()
    {
        BrokerProperties properties = Parse();
        Assert.Equal(1, properties.NodeId);
        Assert.Equal("/data", properties.DataDirectory);
        Assert.Equal([new ListenerEndpoint("PLAINTEXT", "", 9092)], properties.Listeners);
        Assert.Equal("PLAINTEXT", properties.InterBrokerListener);
        Assert.True(properties.AutoCreateTopics);
        Assert.Empty(properties.Notes);
    }

    [Fact]
    public void Every_fault_is_listed_at_once()
    {
        var error = Assert.Throws<ConfigurationException>(() => BrokerConfigs.Parse(new Dictionary<string, string>
        {
            ["num.partition"] = "3",
            ["log.segment.bytes"] = "1",
            ["listeners"] = "PLAINTEXT:9092",
        }));
        Assert.Collection(error.Errors,
            e => Assert.Equal("Invalid value 1 for configuration log.segment.bytes: Value must be at least 1048576.", e),
            e => Assert.Equal("num.partition is not a known property. Did you mean num.partitions?", e),
            e => Assert.Equal("listeners: 'PLAINTEXT:9092' is not an address. Write NAME://host:port, such as PLAINTEXT://127.0.0.1:9092.", e),
            e => Assert.StartsWith("node.id is not set.", e),
            e => Assert.StartsWith("log.dirs is not set.", e));
    }

    [Fact]
    public void A_name_that_is_near_no_other_gets_no_wrong_hint() => Assert.DoesNotContain("Did you mean", Errors(("foo.bar", "1")));

    [Fact]
    public void A_Kafka_server_with_a_controller_listener_is_taken()
    {
        BrokerProperties properties = Parse(
            ("process.roles", "broker,controller"), ("controller.quorum.voters", "1@127.0.0.1:9093"), ("controller.listener.names", "CONTROLLER"),
            ("listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"), ("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"));
        Assert.Equal("PLAINTEXT", Assert.Single(properties.Listeners).Name);
        Assert.Equal(9093, Assert.Single(properties.ControllerListeners).Port);
    }

    [Theory]
    [InlineData("process.roles", "broker", "process.roles=broker is not supported")]
    [InlineData("controller.quorum.voters", "1@a:1,2@b:1", "the quorum is this node alone")]
    [InlineData("controller.quorum.voters", "2@a:1", "the quorum is this node alone")]
    [InlineData("broker.id", "2", "broker.id=2 and node.id=1 differ")]
    [InlineData("log.dirs", "/a,/b", "names 2 directories")]
    [InlineData("listeners", "SSL://:1", "the security protocol SSL, which is not supported")]
    [InlineData("listeners", "FOO://:1", "Add FOO:PLAINTEXT to listener.security.protocol.map")]
    [InlineData("listeners", "PLAINTEXT://:1,PLAINTEXT://:2", "is used twice")]
    [InlineData("listeners", "", "listeners is empty")]
    [InlineData("listeners", "PLAINTEXT://h:99999", "is not an address")]
    [InlineData("advertised.listeners", "OTHER://h:1", "OTHER is not the name of a listener. Use one of: PLAINTEXT.")]
    [InlineData("advertised.listeners", "PLAINTEXT://0.0.0.0:1", "names no host that a client could reach")]
    [InlineData("inter.broker.listener.name", "X", "is not the name of a listener")]
    [InlineData("log.retention.ms", "0", "use -1 to keep data for ever")]
    [InlineData("listener.name.plaintext.ssl.keystore.location", "x", "settings of single listeners are not supported")]
    [InlineData("authorizer.class.name", "a.B", "Java classes cannot be loaded")]
    [InlineData("cluster.id", "", "cluster.id is empty")]
    public void What_cannot_be_had_is_refused_by_name(string name, string value, string expected) => Assert.Contains(expected, Errors((name, value)));

    [Fact]
    public void What_has_no_effect_is_noted()
    {
        string note = Assert.Single(Parse(("num.io.threads", "16")).Notes);
        Assert.StartsWith("num.io.threads=16 has no effect.", note);
    }

    [Fact]
    public void Clients_are_told_the_port_that_was_bound()
    {
        BrokerProperties properties = Parse(("listeners", "PLAINTEXT://127.0.0.1:0,B://:0"), ("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,B:PLAINTEXT"));
        var bound = new[] { new ListenerEndpoint("PLAINTEXT", "127.0.0.1", 41), new ListenerEndpoint("B", "", 42) };
        Assert.Equal(["PLAINTEXT://127.0.0.1:41", "B://box:42"], properties.Advertise(bound, "box").Select(l => l.ToString()));
    }

    [Fact]
    public void A_listener_that_is_left_out_of_advertised_listeners_is_not_advertised()
    {
        BrokerProperties properties = Parse(
            ("listeners", "PLAINTEXT://:1,B://:2"), ("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,B:PLAINTEXT"), ("advertised.listeners", "b://[::1]:0"));
        Assert.Equal(["B://[::1]:2"], properties.Advertise(properties.Listeners, "box").Select(l => l.ToString()));
    }

    [Fact]
    public void Without_node_id_broker_id_names_the_node() =>
        Assert.Equal(7, BrokerConfigs.Parse(new Dictionary<string, string> { ["broker.id"] = "7", ["log.dir"] = "/d" }).NodeId);
}
