using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Cli.Output;
using Sluice.Client.Admin;

namespace Sluice.Cli.Data;

/// <summary>`sluice topic …`.</summary>
internal sealed class TopicCommands
{
    private readonly Bootstrap _bootstrap;
    private readonly Option<string> _output = OutputFormat.Option();
    private readonly Dictionary<Command, string> _examples = [];

    private TopicCommands(Bootstrap bootstrap) => _bootstrap = bootstrap;

    public static CommandGroup Create(Bootstrap bootstrap)
    {
        var commands = new TopicCommands(bootstrap);
        Command topic = new("topic", "List, describe, create, alter and delete topics")
        {
            commands.List(), commands.Describe(), commands.Create(), commands.Alter(), commands.Delete(),
        };
        commands._examples[topic] = """
            Examples:
              sluice topic list
              sluice topic create orders --partitions 6
              sluice topic describe orders
            """;
        return new CommandGroup(topic, commands._examples);
    }

    private Command List()
    {
        Option<bool> @internal = new("--internal") { Description = "Show topics too in which the brokers keep their own state" };
        Command command = new("list", "List the topics") { @internal, _bootstrap.Option, _output };
        _examples[command] = """
            Examples:
              sluice topic list
              sluice topic list --internal --output json
            """;
        command.SetAction(async (parsed, cancellation) =>
        {
            Termination.EndWithReader();
            await using AdminClient admin = await _bootstrap.AdminAsync(parsed, cancellation).ConfigureAwait(false);
            var topics = (await admin.DescribeAllTopicsAsync(cancellation).ConfigureAwait(false)).Values.Select(t => t.Get())
                .Where(t => !t.IsInternal || parsed.GetValue(@internal)).OrderBy(t => t.Name, StringComparer.Ordinal).ToList();
            if (parsed.GetValue(_output) == OutputFormat.Json)
            {
                OutputFormat.Write(OutputFormat.Array(topics.Select(t => new JsonObject { ["name"] = t.Name, ["partitions"] = t.Partitions.Count, ["replicas"] = Replicas(t), ["internal"] = t.IsInternal })));
                return ExitCodes.Done;
            }

            TextTable.Write(Console.Out, ["NAME", "PARTITIONS", "REPLICAS"], topics.Select(t => new[] { t.Name, $"{t.Partitions.Count}", $"{Replicas(t)}" }));
            if (topics.Count == 0) Console.Out.WriteLine("There are no topics. `sluice topic create NAME` makes one.");
            return ExitCodes.Done;
        });
        return command;
    }

    private Command Describe()
    {
        Argument<string[]> names = Names();
        Command command = new("describe", "Show partitions, offsets and settings of topics") { names, _bootstrap.Option, _output };
        _examples[command] = """
            Settings are those set on the topic itself; everything else is the broker's default.

            Example:
              sluice topic describe orders payments
            """;
        command.SetAction(async (parsed, cancellation) =>
        {
            Termination.EndWithReader();
            await using AdminClient admin = await _bootstrap.AdminAsync(parsed, cancellation).ConfigureAwait(false);
            List<TopicDetails> topics = await TopicDetails.ReadAsync(admin, parsed.GetValue(names)!, cancellation).ConfigureAwait(false);
            if (parsed.GetValue(_output) == OutputFormat.Json) OutputFormat.Write(OutputFormat.Array(topics.Select(t => t.ToJson())));
            else topics.ForEach(t => t.Write(Console.Out));
            return ExitCodes.Done;
        });
        return command;
    }

    private Command Create()
    {
        Argument<string[]> names = new("name") { Description = "Names of the new topics", Arity = ArgumentArity.OneOrMore };
        Option<int> partitions = new("--partitions", "-p") { Description = "How many partitions (default: the broker's num.partitions)", HelpName = "count", DefaultValueFactory = _ => -1 };
        Option<int> replicas = new("--replicas", "-r") { Description = "How many replicas of each partition (default: the broker's default.replication.factor)", HelpName = "count", DefaultValueFactory = _ => -1 };
        partitions.AtLeast(1);
        replicas.AtLeast(1);
        Option<string[]> config = Config("Setting of the topic, name=value; may be repeated");
        Option<bool> ifNotExists = new("--if-not-exists") { Description = "Do nothing, and succeed, when the topic exists" };
        Option<bool> validate = new("--validate-only") { Description = "Only tell whether it would work" };
        Command command = new("create", "Create topics") { names, partitions, replicas, config, ifNotExists, validate, _bootstrap.Option, _output };
        _examples[command] = """
            Examples:
              sluice topic create orders --partitions 6 --replicas 3
              sluice topic create latest --config cleanup.policy=compact --config segment.ms=3600000
            """;
        command.SetAction(async (parsed, cancellation) =>
        {
            await using AdminClient admin = await _bootstrap.AdminAsync(parsed, cancellation).ConfigureAwait(false);
            var settings = Settings.Parse(parsed.GetValue(config) ?? [], "--config");
            var outcomes = await admin.CreateTopicsAsync(
                parsed.GetValue(names)!.Select(n => new NewTopic(n, parsed.GetValue(partitions), (short)parsed.GetValue(replicas), settings)),
                parsed.GetValue(validate), cancellation).ConfigureAwait(false);
            bool tolerant = parsed.GetValue(ifNotExists);
            string done = parsed.GetValue(validate) ? "could be created" : "created";
            return Outcomes.Show(parsed.GetValue(_output)!, outcomes.Select(o => new ItemOutcome(
                o.Key, done, tolerant && o.Value.Error?.Code == Protocol.ErrorCode.TopicAlreadyExists ? null : o.Value.Error)));
        });
        return command;
    }

    private Command Alter()
    {
        Argument<string> name = new("name") { Description = "Name of the topic" };
        Option<int?> partitions = new("--partitions", "-p") { Description = "Grow to so many partitions in all; a topic never shrinks", HelpName = "count" };
        partitions.AtLeast(1);
        Option<string[]> config = Config("Setting to set, name=value; may be repeated");
        Option<string[]> delete = new("--delete-config") { Description = "Setting to put back to the default; may be repeated", HelpName = "name" };
        Option<bool> validate = new("--validate-only") { Description = "Only tell whether it would work" };
        Complete(name);
        Command command = new("alter", "Change settings of a topic or give it more partitions") { name, partitions, config, delete, validate, _bootstrap.Option, _output };
        _examples[command] = """
            With more partitions, records of a key may go to another partition than before.

            Examples:
              sluice topic alter orders --config retention.ms=86400000
              sluice topic alter orders --delete-config retention.ms --partitions 12
            """;
        command.SetAction(async (parsed, cancellation) =>
        {
            await using AdminClient admin = await _bootstrap.AdminAsync(parsed, cancellation).ConfigureAwait(false);
            string topic = parsed.GetValue(name)!;
            List<ConfigChange> changes =
            [
                .. Settings.Parse(parsed.GetValue(config) ?? [], "--config").Select(s => new ConfigChange(s.Key, ConfigOperation.Set, s.Value)),
                .. (parsed.GetValue(delete) ?? []).Select(d => new ConfigChange(d, ConfigOperation.Delete, null)),
            ];
            int? total = parsed.GetValue(partitions);
            if (changes.Count == 0 && total is null) throw new CommandException("nothing to change: give --config, --delete-config or --partitions.", ExitCodes.Usage);
            await _bootstrap.RefuseOfManifestsAsync(parsed, [topic], manifest => $"change the manifest (`kubectl edit {manifest}`).", cancellation).ConfigureAwait(false);
            var outcomes = new List<ItemOutcome>();
            bool validateOnly = parsed.GetValue(validate);
            if (changes.Count > 0)
            {
                var resource = ConfigResource.Topic(topic);
                var answer = await admin.AlterConfigsAsync(new Dictionary<ConfigResource, IReadOnlyList<ConfigChange>> { [resource] = changes }, validateOnly, cancellation).ConfigureAwait(false);
                outcomes.Add(new ItemOutcome(topic, "settings changed", answer[resource].Error));
            }

            if (total is { } count && outcomes.TrueForAll(o => o.Error is null))
            {
                var answer = await admin.CreatePartitionsAsync(new Dictionary<string, int> { [topic] = count }, validateOnly, cancellation).ConfigureAwait(false);
                outcomes.Add(new ItemOutcome(topic, string.Create(CultureInfo.InvariantCulture, $"grown to {count} partitions"), answer[topic].Error));
            }

            return Outcomes.Show(parsed.GetValue(_output)!, outcomes);
        });
        return command;
    }

    private Command Delete()
    {
        Argument<string[]> names = Names();
        Option<bool> yes = new("--yes", "-y") { Description = "Do not ask" };
        Command command = new("delete", "Delete topics and all their records") { names, yes, _bootstrap.Option, _output };
        _examples[command] = """
            A topic that a manifest describes would come back, empty: delete the manifest (`kubectl delete topic NAME`) instead.

            Example:
              sluice topic delete orders --yes
            """;
        command.SetAction(async (parsed, cancellation) =>
        {
            await using AdminClient admin = await _bootstrap.AdminAsync(parsed, cancellation).ConfigureAwait(false);
            string[] topics = parsed.GetValue(names)!;
            await _bootstrap.RefuseOfManifestsAsync(
                parsed, topics, manifest => $"delete the manifest (`kubectl delete {manifest}`), then what its reclaimPolicy Retain left.", cancellation).ConfigureAwait(false);
            Confirmation.Require(parsed.GetValue(yes), $"delete {string.Join(", ", topics)} with all records");
            var outcomes = await admin.DeleteTopicsAsync(topics, cancellation).ConfigureAwait(false);
            return Outcomes.Show(parsed.GetValue(_output)!, outcomes.Select(o => new ItemOutcome(o.Key, "deleted", o.Value.Error)));
        });
        return command;
    }

    private Argument<string[]> Names()
    {
        Argument<string[]> names = new("name") { Description = "Names of topics", Arity = ArgumentArity.OneOrMore };
        Complete(names);
        return names;
    }

    private void Complete(Symbol symbol) => _bootstrap.Complete(symbol, TopicNames);

    /// <summary>The names of all topics that are not the brokers' own.</summary>
    public static async Task<IEnumerable<string>> TopicNames(AdminClient admin, CancellationToken cancellation) =>
        (await admin.DescribeAllTopicsAsync(cancellation).ConfigureAwait(false)).Values.Where(t => t.Value is { IsInternal: false }).Select(t => t.Value!.Name);

    private static Option<string[]> Config(string description) => new("--config", "-c") { Description = description, HelpName = "name=value" };

    private static int Replicas(TopicDescription topic) => topic.Partitions.Count == 0 ? 0 : topic.Partitions.Max(p => p.Replicas.Count);
}
