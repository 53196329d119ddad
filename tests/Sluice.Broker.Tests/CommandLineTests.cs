using Sluice.Broker.Startup;
using Sluice.Core.Configuration;

namespace Sluice.Broker.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public void Arguments_override_the_environment_and_that_the_file()
    {
        File.WriteAllText(_file, "node.id=1\nlog.dirs=/file\nnum.partitions=3\nbroker.rack=file\n");
        BrokerProperties properties = CommandLine
            .Parse([_file, "--override", "num.partitions=5", "--override=sluice.shards=2"])
            .ReadProperties(Environment(("SLUICE_NUM_PARTITIONS", "4"), ("SLUICE_BROKER_RACK", "environment"), ("PATH", "/bin")), []);
        Assert.Equal("/file", properties.DataDirectory);
        Assert.Equal("environment", properties.Rack);
        Assert.Equal(5, properties.NumPartitions);
        Assert.Equal(2, properties.Int("sluice.shards"));
    }

    [Theory]
    [InlineData("log.dris=/x", "log.dris is not a known property. Did you mean log.dirs?")]
    [InlineData("num.partitions=many", "num.partitions")]
    [InlineData("num.partitions=0", "num.partitions")]
    public void An_unknown_name_or_bad_value_is_refused(string pair, string expected)
    {
        CommandLine commandLine = CommandLine.Parse(["--override", "node.id=1", "--override", "log.dirs=/x", "--override", pair]);
        var refusal = Assert.Throws<ConfigurationException>(() => commandLine.ReadProperties([], []));
        Assert.Contains(expected, refusal.Message);
    }

    [Fact]
    public void An_unknown_variable_is_refused_with_the_nearest_known_one()
    {
        var refusal = Assert.Throws<ConfigurationException>(() => CommandLine.Parse([]).ReadProperties(Environment(("SLUICE_LOG_DRIS", "/x")), []));
        Assert.Contains("Did you mean SLUICE_LOG_DIRS?", refusal.Message);
    }

    [Theory]
    [InlineData("SLUICE_HOME")]
    [InlineData("SLUICE_BOOTSTRAP_SERVICE_HOST")]
    [InlineData("SLUICE_BOOTSTRAP_SERVICE_PORT_KAFKA")]
    [InlineData("SLUICE_BOOTSTRAP_PORT")]
    [InlineData("SLUICE_BOOTSTRAP_PORT_9092_TCP_ADDR")]
    public void Variables_of_Kubernetes_services_and_other_programs_are_no_properties(string variable)
    {
        var notes = new List<string>();
        Assert.Empty(EnvironmentProperties.Read(Environment((variable, "x")), BrokerConfigs.Table, notes));
        Assert.Empty(notes);
    }

    [Theory]
    [InlineData("SLUICE_ROOT")]
    [InlineData("SLUICE_BROKER_PROGRAM")]
    [InlineData("SLUICE_TEST_KUBECONFIG")]
    [InlineData("SLUICE_FUZZ_SECONDS")]
    public void A_variable_that_is_like_no_property_is_noted(string variable)
    {
        var notes = new List<string>();
        Assert.Empty(EnvironmentProperties.Read(Environment((variable, "x")), BrokerConfigs.Table, notes));
        Assert.Equal($"{variable} is not the variable of a known property and has no effect.", Assert.Single(notes));
    }

    [Fact]
    public void Every_property_has_a_variable_of_its_own()
    {
        foreach (IGrouping<string, string> same in BrokerConfigs.Table.All.Select(d => d.Name).GroupBy(EnvironmentProperties.VariableOf))
            Assert.Single(same);
    }

    [Theory]
    [InlineData("--overide", "is not an option")]
    [InlineData("--override", "needs NAME=VALUE")]
    [InlineData("--override=x", "is not NAME=VALUE")]
    public void A_malformed_argument_is_refused(string argument, string expected) =>
        Assert.Contains(expected, Assert.Throws<ConfigurationException>(() => CommandLine.Parse([argument])).Message);

    [Fact]
    public void A_second_file_is_refused() =>
        Assert.Contains("Name one", Assert.Throws<ConfigurationException>(() => CommandLine.Parse(["a", "b"])).Message);

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        CommandLine commandLine = CommandLine.Parse(["/no/such/file"]);
        Assert.Contains("/no/such/file cannot be read", Assert.Throws<ConfigurationException>(() => commandLine.ReadProperties([], [])).Message);
    }

    public void Dispose() => File.Delete(_file);

    private static IEnumerable<KeyValuePair<string, string>> Environment(params (string Name, string Value)[] variables) =>
        variables.Select(v => new KeyValuePair<string, string>(v.Name, v.Value));
}
