using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Cli.Output;
using Sluice.Client.Admin;

namespace Sluice.Cli.Data;

/// <summary>`sluice group …`.</summary>
internal sealed class GroupCommands
{
    private readonly Bootstrap _bootstrap;
    private readonly Option<string> _output = OutputFormat.Option();
    private readonly Dictionary<Command, string> _examples = [];

    private GroupCommands(Bootstrap bootstrap) => _bootstrap = bootstrap;

    public static CommandGroup Create(Bootstrap bootstrap)
    {
        var commands = new GroupCommands(bootstrap);
        Command group = new("group", "List, describe and delete consumer groups, and reset their offsets")
        {
            commands.List(), commands.Describe(), commands.Reset(), commands.Delete(),
        };
        commands._examples[group] = """
            Examples:
              sluice group list
              sluice group describe billing
              sluice group reset-offsets billing --topic orders --to-earliest --execute
            """;
        return new CommandGroup(group, commands._examples);
    }

    private Command List()
    {
        Command command = new("list", "List the consumer groups") { _bootstrap.Option, _output };
        _examples[command] = """
            Example:
              sluice group list --output json
            """;
        command.SetAction(async (parsed, cancellation) =>
        {
            Termination.EndWithReader();
            await using AdminClient admin = await _bootstrap.AdminAsync(parsed, cancellation).ConfigureAwait(false);
            IReadOnlyList<GroupListing> groups = await admin.Groups.ListAsync(cancellation).ConfigureAwait(false);
            if (parsed.GetValue(_output) == OutputFormat.Json)
            {
                OutputFormat.Write(OutputFormat.Array(groups.Select(g => new JsonObject { ["group"] = g.GroupId, ["state"] = g.State, ["type"] = g.Type, ["protocolType"] = g.ProtocolType })));
                return ExitCodes.Done;
            }

            TextTable.Write(Console.Out, ["GROUP", "STATE", "TYPE"], groups.Select(g => new[] { g.GroupId, g.State, g.Type }));
            if (groups.Count == 0) Console.Out.WriteLine("There are no groups. `sluice consume TOPIC --group NAME` makes one.");
            return ExitCodes.Done;
        });
        return command;
    }

    private Command Describe()
    {
        Argument<string> name = Name();
        Command command = new("describe", "Show the members, offsets and lag of a group") { name, _bootstrap.Option, _output };
        _examples[command] = """
            Lag is how many records of a partition the group has not committed.

            Example:
              sluice group describe billing
            """;
        command.SetAction(async (parsed, cancellation) =>
        {
            Termination.EndWithReader();
            await using AdminClient admin = await _bootstrap.AdminAsync(parsed, cancellation).ConfigureAwait(false);
            GroupDetails group = await GroupDetails.ReadAsync(admin, parsed.GetValue(name)!, cancellation).ConfigureAwait(false);
            if (parsed.GetValue(_output) == OutputFormat.Json) OutputFormat.Write(group.ToJson());
            else group.Write(Console.Out);
            return ExitCodes.Done;
        });
        return command;
    }

    private Command Delete()
    {
        Argument<string[]> names = new("group") { Description = "Ids of groups", Arity = ArgumentArity.OneOrMore };
        _bootstrap.Complete(names, GroupNames);
        Option<bool> yes = new("--yes", "-y") { Description = "Do not ask" };
        Command command = new("delete", "Delete groups without members, with their offsets") { names, yes, _bootstrap.Option, _output };
        _examples[command] = """
            Example:
              sluice group delete billing --yes
            """;
        command.SetAction(async (parsed, cancellation) =>
        {
            await using AdminClient admin = await _bootstrap.AdminAsync(parsed, cancellation).ConfigureAwait(false);
            string[] groups = parsed.GetValue(names)!;
            Confirmation.Require(parsed.GetValue(yes), $"delete the offsets of {string.Join(", ", groups)}");
            var outcomes = await admin.Groups.DeleteAsync(groups, cancellation).ConfigureAwait(false);
            return Outcomes.Show(parsed.GetValue(_output)!, outcomes.Select(o => new ItemOutcome(o.Key, "deleted", o.Value.Error)));
        });
        return command;
    }

    private Command Reset()
    {
        Argument<string> name = Name();
        Option<string[]> topics = new("--topic", "-t") { Description = "Topic, or topic:partition[,partition…]; may be repeated (default: every topic with a committed offset)", HelpName = "topic" };
        _bootstrap.Complete(topics, TopicCommands.TopicNames);
        Option<bool> earliest = new("--to-earliest") { Description = "To the oldest record that is there" };
        Option<bool> latest = new("--to-latest") { Description = "To the end" };
        Option<long?> offset = new("--to-offset") { Description = "To this offset", HelpName = "offset" };
        offset.AtLeast(0);
        Option<DateTimeOffset?> time = new("--to-time") { Description = "To the first record that is not older, such as 2026-11-21T14:00:00Z", HelpName = "time" };
        Option<long?> by = new("--by") { Description = "By so many records forward, or back when negative", HelpName = "count" };
        Option<bool> execute = new("--execute") { Description = "Do it; without it only the plan is shown" };
        Command command = new("reset-offsets", "Set the committed offsets of a group without members") { name, topics, earliest, latest, offset, time, by, execute, _bootstrap.Option, _output };
        _examples[command] = """
            Offsets are kept within what the partition holds.

            Examples:
              sluice group reset-offsets billing --topic orders --to-earliest
              sluice group reset-offsets billing --topic orders:0,1 --to-time 2026-11-21T14:00:00Z --execute
              sluice group reset-offsets billing --by -100 --execute
            """;
        command.SetAction(async (parsed, cancellation) =>
        {
            OffsetTarget target = OffsetTarget.Of(parsed.GetValue(earliest), parsed.GetValue(latest), parsed.GetValue(offset), parsed.GetValue(time), parsed.GetValue(by));
            await using AdminClient admin = await _bootstrap.AdminAsync(parsed, cancellation).ConfigureAwait(false);
            var reset = new OffsetReset(admin, parsed.GetValue(name)!);
            IReadOnlyList<OffsetMove> plan = await reset.PlanAsync(parsed.GetValue(topics) ?? [], target, cancellation).ConfigureAwait(false);
            if (parsed.GetValue(execute)) await reset.ExecuteAsync(plan, cancellation).ConfigureAwait(false);
            Show(plan, parsed.GetValue(_output)!, parsed.GetValue(execute));
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Show(IReadOnlyList<OffsetMove> plan, string format, bool done)
    {
        if (format == OutputFormat.Json)
        {
            OutputFormat.Write(OutputFormat.Array(plan.Select(m => new JsonObject
            {
                ["topic"] = m.Partition.Topic, ["partition"] = m.Partition.Partition, ["from"] = m.From, ["to"] = m.To, ["executed"] = done,
            })));
            return;
        }

        TextTable.Write(Console.Out, ["TOPIC", "PARTITION", "FROM", "TO"], plan.Select(m => new[]
        {
            m.Partition.Topic, $"{m.Partition.Partition}", m.From is { } from ? from.ToString(CultureInfo.InvariantCulture) : "none", $"{m.To}",
        }));
        Console.Out.WriteLine(done ? "The offsets are set." : "Nothing was changed; --execute does it.");
    }

    private Argument<string> Name()
    {
        Argument<string> name = new("group") { Description = "Id of the group" };
        _bootstrap.Complete(name, GroupNames);
        return name;
    }

    private static async Task<IEnumerable<string>> GroupNames(AdminClient admin, CancellationToken cancellation) =>
        (await admin.Groups.ListAsync(cancellation).ConfigureAwait(false)).Select(g => g.GroupId);
}
