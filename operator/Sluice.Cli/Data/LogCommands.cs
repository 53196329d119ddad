using System.CommandLine;
using Sluice.Cli.Data.Dump;
using Sluice.Cli.Output;

namespace Sluice.Cli.Data;

/// <summary>`sluice log …`: looks into the files of a log without a broker.</summary>
internal static class LogCommands
{
    public static CommandGroup Create()
    {
        Argument<string[]> paths = new("path") { Description = "Segment files (.log), indexes, producer snapshots, metadata snapshots (.checkpoint), or folders of them", Arity = ArgumentArity.OneOrMore };
        Option<bool> records = new("--records", "-r") { Description = "Show the records of each batch" };
        Option<bool> values = new("--values", "-v") { Description = "Show keys and values too; implies --records" };
        Option<string?> decoder = new("--decoder") { Description = $"What the records are: {string.Join(", ", TopicDecoder.Names)} (default: by the folder's name); implies --values", HelpName = "topic" };
        decoder.AcceptOnlyFromAmong(TopicDecoder.Names);
        Option<string> output = OutputFormat.Option();
        Command dump = new("dump", "Print the record batches and index entries of log files, and check them") { paths, records, values, decoder, output };
        dump.SetAction((parsed, cancellation) =>
        {
            Termination.EndWithReader();
            TopicDecoder? decode = parsed.GetValue(decoder) is { } name ? TopicDecoder.Named(name) : null;
            bool showValues = parsed.GetValue(values) || decode is not null;
            var dumper = new LogDump(Console.Out, parsed.GetValue(output) == OutputFormat.Json, parsed.GetValue(records) || showValues, showValues, decode, cancellation);
            foreach (string path in parsed.GetValue(paths)!) dumper.Dump(path);
            return Task.FromResult(dumper.Summary(Console.Error));
        });
        Command log = new("log", "Look into the files of a log") { dump };
        const string Examples = """
            Files may be those of a running broker: what it is writing may then look like a cut batch at the end. With --values, records
            of __consumer_offsets, __transaction_state, __share_group_state and __cluster_metadata are shown as what they mean.

            Examples:
              sluice log dump .sluice/…/data/orders-0
              sluice log dump 00000000000000000000.log --values
              sluice log dump 00000000000000000000.snapshot
              sluice log dump data/__consumer_offsets-12 --values
              sluice log dump copy-of-offsets.log --decoder offsets
              sluice log dump orders-0 --output json | jq 'select(.records > 100)'

            Exit codes: 0 all is whole, 1 something is damaged, 2 bad command line.
            """;
        return new CommandGroup(log, new Dictionary<Command, string> { [log] = Examples, [dump] = Examples });
    }
}
