using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Sluice.Cli.Output;
using Sluice.Client.Admin;
using Sluice.Client.Consuming;

namespace Sluice.Cli.Data;

/// <summary>`sluice consume`: a line for each record.</summary>
internal static class ConsumeCommand
{
    public static CommandGroup Create(Bootstrap bootstrap)
    {
        Argument<string[]> topics = new("topic") { Description = "Topics to read", Arity = ArgumentArity.OneOrMore };
        bootstrap.Complete(topics, TopicCommands.TopicNames);
        Option<string?> group = new("--group", "-g") { Description = "Read as a member of this group and commit offsets (default: alone)", HelpName = "group" };
        Option<string> from = new("--from") { Description = "Where to begin: beginning, end, an offset, or a time such as 2026-11-21T14:00:00Z. In a group, where it has no offset", HelpName = "place", DefaultValueFactory = _ => "end" };
        from.CompletionSources.Add("beginning", "end");
        Option<int[]> partitions = new("--partition", "-p") { Description = "Read this partition only; may be repeated", HelpName = "number" };
        Option<long?> max = new("--max", "-n") { Description = "Stop after so many records", HelpName = "count" };
        Option<bool> exit = new("--exit-at-end", "-e") { Description = "Stop at the end as it is when the command starts" };
        Option<double?> idle = new("--timeout") { Description = "Stop when no record came for so long", HelpName = "seconds" };
        partitions.AtLeast(0);
        max.AtLeast(1);
        idle.AtLeast(0);
        Option<bool> keys = new("--show-key", "-k") { Description = "Print the key and a tab before the value" };
        Option<string> output = OutputFormat.Option();
        Command command = new("consume", "Print records of topics, one a line")
        {
            topics, group, from, partitions, max, exit, idle, keys, bootstrap.Option, output,
        };
        command.Validators.Add(result => CheckCombination(result, group, partitions, exit));
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = new ConsumerOptions
            {
                BootstrapServers = await bootstrap.FindAsync(parsed, cancellation).ConfigureAwait(false),
                ClientId = "sluice-cli",
                GroupId = parsed.GetValue(group),
                AutoOffsetReset = parsed.GetValue(from) == "beginning" ? AutoOffsetReset.Earliest : AutoOffsetReset.Latest,
            };
            var run = new ConsumeRun(options, new RecordWriter(Console.OpenStandardOutput(), parsed.GetValue(output) == OutputFormat.Json, parsed.GetValue(keys)))
            {
                Topics = parsed.GetValue(topics)!,
                Partitions = parsed.GetValue(partitions) ?? [],
                Start = StartPlace.Parse(parsed.GetValue(from)!),
                RecordsMax = parsed.GetValue(max) ?? long.MaxValue,
                StopsAtEnd = parsed.GetValue(exit),
                IdleMax = parsed.GetValue(idle) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            };
            return await run.RunAsync(cancellation).ConfigureAwait(false);
        });
        return new CommandGroup(command, new Dictionary<Command, string>
        {
            [command] = """
                With --output json each line is an object with topic, partition, offset, timestamp, key, value and headers; bytes that
                are no UTF-8 come as keyBase64 and valueBase64.

                Examples:
                  sluice consume orders --from beginning --exit-at-end
                  sluice consume orders --from 2026-11-21T14:00:00Z --output json | jq .value
                  sluice consume orders payments --group billing --max 100

                Exit codes: 0 done, 1 failed, 2 bad command line, 3 no cluster, 130 interrupted, 143 terminated.
                """,
        });
    }

    private static void CheckCombination(CommandResult result, Option<string?> group, Option<int[]> partitions, Option<bool> exit)
    {
        if (result.GetValue(group) is null) return;
        if (result.GetValue(partitions) is { Length: > 0 }) result.AddError("--partition cannot be combined with --group: the group shares the partitions out.");
        if (result.GetValue(exit)) result.AddError("--exit-at-end cannot be combined with --group: its partitions come and go; use --timeout or --max.");
    }
}

/// <summary>Where reading begins.</summary>
internal readonly record struct StartPlace(OffsetSpec? Place, long? Offset)
{
    /// <exception cref="CommandException">The text is none of the kinds.</exception>
    public static StartPlace Parse(string text)
    {
        if (text == "beginning") return new(OffsetSpec.Earliest, null);
        if (text == "end") return new(OffsetSpec.Latest, null);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long offset)) return new(null, offset);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? new(OffsetSpec.At(time), null)
            : throw new CommandException($"--from {text}: expected beginning, end, an offset, or a time such as 2026-11-21T14:00:00Z.", ExitCodes.Usage);
    }
}
