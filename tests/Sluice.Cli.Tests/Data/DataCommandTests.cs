using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Support;

namespace Sluice.Cli.Tests.Data;

/// <summary>The commands for topics, groups and records, run as a user runs them: as processes, against a broker process.</summary>
public sealed class DataCommandTests(DataCommandTests.Broker broker) : IClassFixture<DataCommandTests.Broker>
{
    internal static readonly string Program = Path.Combine(Judges.Repository, "operator", "Sluice.Cli", "bin", "Release", "net10.0", "sluice");

    [Fact]
    public void A_topic_is_created_described_altered_and_deleted()
    {
        string topic = Name();
        Assert.Contains("created", Run("topic", "create", topic, "--partitions", "3", "--config", "retention.ms=1000000").Succeeded());
        Assert.Equal(ExitCodes.Done, Run("topic", "create", topic, "--if-not-exists").ExitCode);
        Finished again = Run("topic", "create", topic);
        Assert.Equal(ExitCodes.Failed, again.ExitCode);
        Assert.Contains("--if-not-exists", again.Errors);

        Assert.Contains(JsonNode.Parse(Run("topic", "list", "--output", "json").Succeeded())!.AsArray(), t => t!["name"]!.GetValue<string>() == topic && t["partitions"]!.GetValue<int>() == 3);
        Run("topic", "alter", topic, "--partitions", "4", "--config", "retention.ms=2000000").Succeeded();
        JsonNode described = JsonNode.Parse(Run("topic", "describe", topic, "-o", "json").Succeeded())![0]!;
        Assert.Equal((4, "2000000"), (described["partitions"]!.AsArray().Count, described["settings"]!["retention.ms"]!.GetValue<string>()));
        Assert.Contains("retention.ms = 2000000", Run("topic", "describe", topic).Succeeded());

        Finished unasked = Run("topic", "delete", topic);
        Assert.Equal(ExitCodes.Usage, unasked.ExitCode);
        Assert.Contains("--yes", unasked.Errors);
        Run("topic", "delete", topic, "--yes").Succeeded();
        Finished gone = Run("topic", "describe", topic);
        Assert.Equal(ExitCodes.Failed, gone.ExitCode);
        Assert.Contains("sluice topic list", gone.Errors);
    }

    [Fact]
    public void Lines_go_in_and_come_out_with_keys_headers_and_nulls()
    {
        string topic = Name();
        Run("topic", "create", topic, "--partitions", "1").Succeeded();
        Finished written = Pipe("a:1\nb:~\r\nc:3", "produce", topic, "--key-separator", ":", "--null", "~", "--header", "from=test", "--output", "json");
        Assert.Equal(3, JsonNode.Parse(written.Succeeded())!["records"]!.GetValue<int>());

        Assert.Equal("1\n\n3\n", Run("consume", topic, "--from", "beginning", "--exit-at-end").Succeeded());
        Assert.Equal("b\t\nc\t3\n", Run("consume", topic, "--from", "1", "--exit-at-end", "--show-key").Succeeded());
        JsonNode[] records = [.. Run("consume", topic, "--from", "beginning", "--max", "2", "--output", "json").Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)];
        Assert.Equal(("a", "1", 0L), (records[0]["key"]!.GetValue<string>(), records[0]["value"]!.GetValue<string>(), records[0]["offset"]!.GetValue<long>()));
        Assert.Null(records[1]["value"]);
        Assert.Equal("test", records[0]["headers"]![0]!["value"]!.GetValue<string>());
        Assert.Equal("", Run("consume", topic, "--from", "end", "--exit-at-end").Succeeded());
        Assert.Equal("", Run("consume", topic, "--from", "2100-01-01T00:00:00Z", "--exit-at-end").Succeeded());

        // A reader that has enough is no error.
        string line = $"'{Program}' consume {topic} --from beginning --exit-at-end --bootstrap {broker.Bootstrap}";
        Assert.Equal("1\n", Shell.Bash($"set +o pipefail; {line} | head -n 1").Succeeded());

        Finished unkeyed = Pipe("no key", "produce", topic, "--key-separator", ":");
        Assert.Equal(ExitCodes.Failed, unkeyed.ExitCode);
        Assert.Contains("line 1", unkeyed.Errors);
    }

    [Fact]
    public void A_group_is_described_reset_and_deleted()
    {
        string topic = Name(), group = Name();
        Run("topic", "create", topic, "--partitions", "2").Succeeded();
        Pipe(string.Join('\n', Enumerable.Range(0, 100)), "produce", topic, "--partitioner", "roundrobin").Succeeded();
        Assert.Equal(100, Run("consume", topic, "--group", group, "--from", "beginning", "--max", "100").Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        JsonNode described = JsonNode.Parse(Run("group", "describe", group, "-o", "json").Succeeded())!;
        Assert.Equal(0, described["partitions"]!.AsArray().Sum(p => p!["lag"]!.GetValue<long>()));
        Assert.Contains(group, Run("group", "list").Succeeded());
        Assert.Contains("--execute", Run("group", "reset-offsets", group, "--to-earliest").Succeeded());
        Run("group", "reset-offsets", group, "--topic", $"{topic}:1", "--to-offset", "7", "--execute").Succeeded();
        JsonNode[] after = [.. JsonNode.Parse(Run("group", "describe", group, "-o", "json").Succeeded())!["partitions"]!.AsArray().Select(p => p!)];
        Assert.Equal((50, 7), (after[0]["committed"]!.GetValue<long>(), after[1]["committed"]!.GetValue<long>()));
        Assert.Equal(ExitCodes.Usage, Run("group", "reset-offsets", group, "--to-earliest", "--to-latest").ExitCode);

        Run("group", "delete", group, "--yes").Succeeded();
        Finished gone = Run("group", "describe", group);
        Assert.Equal(ExitCodes.Failed, gone.ExitCode);
        Assert.Contains("sluice group list", gone.Errors);
    }

    [Fact]
    public void A_log_is_dumped_and_damage_is_told()
    {
        string topic = Name();
        Run("topic", "create", topic, "--partitions", "1").Succeeded();
        Pipe("k:one\nk:two", "produce", topic, "-k", ":", "-z", "gzip").Succeeded();
        string segment = Path.Combine(broker.Data, topic + "-0", "00000000000000000000.log");
        string[] batches = Run("log", "dump", segment, "--values", "--output", "json").Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        JsonNode[] content = [.. batches.SelectMany(b => JsonNode.Parse(b)!["content"]!.AsArray()).Select(r => r!)];
        Assert.Equal(["one", "two"], content.Select(r => r["value"]!.GetValue<string>()));
        Assert.Contains("gzip", Run("log", "dump", Path.GetDirectoryName(segment)!).Succeeded());

        string copy = Path.Combine(broker.Data, "..", topic + ".log");
        byte[] bytes = File.ReadAllBytes(segment);
        bytes[70] ^= 1;
        File.WriteAllBytes(copy, bytes);
        Finished damaged = Run("log", "dump", copy);
        Assert.Equal(ExitCodes.Failed, damaged.ExitCode);
        Assert.Contains("BadCrc", damaged.Errors);
    }

    [Fact]
    public void Shells_complete_commands_options_and_topics()
    {
        string topic = Name();
        Run("topic", "create", topic).Succeeded();
        Assert.Contains("reset-offsets", Suggest("sluice group "));
        Assert.Contains("--compression", Suggest("sluice produce x --comp"));
        Assert.Contains("zstd", Suggest("sluice produce x --compression "));
        Assert.Contains(topic, Suggest("sluice topic describe "));
        foreach (string shell in (string[])["bash", "zsh", "fish"]) Assert.Contains("sluice", Run("completion", shell).Succeeded());
        Assert.Equal(ExitCodes.Usage, Run("completion", "tcsh").ExitCode);
    }

    [Fact]
    public void Errors_say_what_to_do()
    {
        var environment = new Dictionary<string, string?> { ["SLUICE_BOOTSTRAP"] = null, ["SLUICE_HOME"] = Path.Combine(broker.Data, "..", "nothing") };
        Finished none = Run(environment, null, "topic", "list");
        Assert.Equal(ExitCodes.NotRunning, none.ExitCode);
        Assert.Contains("--bootstrap", none.Errors);
        Assert.Contains("sluice up", none.Errors);

        Finished unreachable = Run("topic", "list", "--bootstrap", "127.0.0.1:1");
        Assert.Equal(ExitCodes.Failed, unreachable.ExitCode);
        Assert.Contains("127.0.0.1:1", unreachable.Errors);
        Assert.Contains("sluice status", unreachable.Errors);
        Assert.Equal(ExitCodes.Usage, Run("topic", "list", "--bootstrap", "nonsense").ExitCode);
        Assert.Equal(ExitCodes.Usage, Run("consume", "x", "--from", "yesterday").ExitCode);
        Assert.Equal(ExitCodes.Usage, Run("consume", "x", "--group", "g", "--partition", "1").ExitCode);
        Assert.Equal(ExitCodes.Usage, Run("produce", "x", "--compression", "rar").ExitCode);
        Assert.Contains("there is no such topic", Run("consume", "no-such-topic").Errors);
    }

    [Theory]
    [InlineData("produce x --partition -1", 2, "--partition -1: expected 0 or more")]
    [InlineData("produce x --partition one", 2, "--partition one: expected a whole number")]
    [InlineData("produce x --compression rar", 2, "--compression rar: expected none, gzip")]
    [InlineData("produce x --header h", 2, "--header h: expected name=value")]
    [InlineData("produce x --bootstrap 127.0.0.1:1", 1, "sluice status")]
    [InlineData("consume x --max 0", 2, "--max 0: expected 1 or more")]
    [InlineData("consume x --max many", 2, "--max many: expected a whole number")]
    [InlineData("consume x --timeout -1", 2, "--timeout -1: expected 0 or more")]
    [InlineData("consume x --output xml", 2, "--output xml: expected table, json")]
    [InlineData("consume x --from -5", 2, "--from -5: expected beginning, end, an offset")]
    [InlineData("topic create x --replication-factor 3", 2, "there is no option --replication-factor")]
    [InlineData("topic create x --partitions 0", 2, "--partitions 0: expected 1 or more")]
    [InlineData("topic create x --config retention.ms", 2, "--config retention.ms: expected name=value")]
    [InlineData("topic create a/b", 1, "a-z A-Z 0-9")]
    [InlineData("topic alter x", 2, "--partitions")]
    [InlineData("topic delete no-such-topic --yes", 1, "sluice topic list")]
    [InlineData("group describe no-such-group", 1, "sluice group list")]
    [InlineData("group delete no-such-group --yes", 1, "deleting group 'no-such-group' failed (GroupIdNotFound): there is no such group")]
    [InlineData("group reset-offsets g", 2, "--to-earliest")]
    [InlineData("group reset-offsets g --to-offset -3", 2, "--to-offset -3: expected 0 or more")]
    [InlineData("group reset-offsets g --to-time never", 2, "--to-time never: expected a time")]
    [InlineData("log dump no-such-file.log", 1, "there is no file or folder no-such-file.log")]
    [InlineData("log dump x --decoder words", 2, "--decoder words: expected offsets, transactions")]
    [InlineData("log", 2, "dump")]
    [InlineData("completion tcsh", 2, "bash")]
    public void A_bad_command_line_is_told_what_is_wrong_with_it(string line, int code, string told)
    {
        Finished run = Pipe("a line", line.Split(' '));
        Assert.Equal(code, run.ExitCode);
        Assert.Contains(told, run.Errors + run.Output);
        Assert.DoesNotContain("System.", run.Errors);
    }

    [Fact]
    public void Reading_from_behind_the_end_is_an_error_and_help_asks_no_cluster()
    {
        string topic = Name();
        Run("topic", "create", topic, "--partitions", "1").Succeeded();
        Pipe("1\n2", "produce", topic).Succeeded();
        Finished behind = Run("consume", topic, "--from", "99", "--exit-at-end");
        Assert.Equal(ExitCodes.Failed, behind.ExitCode);
        Assert.Contains($"--from 99: {topic}-0 ends at offset 2", behind.Errors);
        Assert.DoesNotContain(topic, Run("consume", "--help").Succeeded());
        // What looks like an option can be a name all the same.
        Assert.Contains("a-z A-Z", Run("topic", "create", "--", "-/-").Errors);
    }

    private static string Name() => $"name-{Guid.NewGuid():N}";

    private string Suggest(string line) => Run($"[suggest:{line.Length}]", line).Succeeded();

    private Finished Run(params string[] arguments) => Run([], null, arguments);

    private Finished Pipe(string input, params string[] arguments) => Run([], input, arguments);

    private Finished Run(Dictionary<string, string?> environment, string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments);
        start.Environment["SLUICE_BOOTSTRAP"] = broker.Bootstrap;
        foreach ((string name, string? value) in environment) start.Environment[name] = value;
        return Shell.Run(start, input is null ? null : Encoding.UTF8.GetBytes(input), TimeSpan.FromMinutes(2));
    }

    /// <summary>One broker for all tests of the class.</summary>
    public sealed class Broker : IDisposable
    {
        private readonly TestBroker _broker = new("group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=4");

        public string Bootstrap => _broker.Bootstrap;

        public string Data => _broker.Data;

        public void Dispose() => _broker.Dispose();
    }
}
