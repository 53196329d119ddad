using System.CommandLine;
using System.Text.Json.Nodes;
using Sluice.Cli.Output;
using Sluice.Client.Producing;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Sluice.Cli.Data;

/// <summary>`sluice produce`: a record for each line.</summary>
internal static class ProduceCommand
{
    private static readonly Dictionary<string, Func<Partitioner>> Partitioners = new(StringComparer.Ordinal)
    {
        ["murmur2"] = () => Partitioner.Murmur2, ["consistent"] = () => Partitioner.Consistent, ["consistent_random"] = () => Partitioner.ConsistentRandom,
        ["murmur2_random"] = () => Partitioner.Murmur2Random, ["fnv1a"] = () => Partitioner.Fnv1a, ["fnv1a_random"] = () => Partitioner.Fnv1aRandom,
        ["roundrobin"] = Partitioner.RoundRobin, ["random"] = () => Partitioner.Random, ["sticky"] = () => Partitioner.Sticky,
    };

    public static CommandGroup Create(Bootstrap bootstrap)
    {
        Argument<string> topic = new("topic") { Description = "Topic to write" };
        bootstrap.Complete(topic, TopicCommands.TopicNames);
        Option<string?> file = new("--file", "-f") { Description = "Read lines from this file (default: standard input)", HelpName = "file" };
        Option<string?> separator = new("--key-separator", "-k") { Description = "What comes before it in a line is the key", HelpName = "text" };
        Option<string?> @null = new("--null") { Description = "A key or value that is just this text is null", HelpName = "text" };
        Option<string[]> headers = new("--header", "-H") { Description = "Header of every record, name=value; may be repeated", HelpName = "name=value" };
        Option<int?> partition = new("--partition", "-p") { Description = "Write to this partition (default: the partitioner chooses)", HelpName = "number" };
        partition.AtLeast(0);
        Option<string> partitioner = new("--partitioner") { Description = "How keys choose partitions", HelpName = "name", DefaultValueFactory = _ => "murmur2" };
        partitioner.AcceptOnlyFromAmong([.. Partitioners.Keys]);
        Option<string> compression = new("--compression", "-z") { Description = "Codec of the batches", HelpName = "codec", DefaultValueFactory = _ => "none" };
        compression.AcceptOnlyFromAmong([.. Enum.GetValues<CompressionCodec>().Select(Codecs.Name)]);
        Option<string> acks = new("--acks") { Description = "Who must have a record: all, leader or none", HelpName = "who", DefaultValueFactory = _ => "all" };
        acks.AcceptOnlyFromAmong("all", "leader", "none");
        Option<string> output = OutputFormat.Option();
        Command command = new("produce", "Write records to a topic, one for each line of a file or of standard input")
        {
            topic, file, separator, @null, headers, partition, partitioner, compression, acks, bootstrap.Option, output,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var lines = new LineRecords(
                parsed.GetValue(topic)!, parsed.GetValue(separator), parsed.GetValue(@null),
                [.. Settings.Parse(parsed.GetValue(headers) ?? [], "--header").Select(h => new RecordHeader(h.Key, System.Text.Encoding.UTF8.GetBytes(h.Value)))], parsed.GetValue(partition));
            var options = new ProducerOptions
            {
                BootstrapServers = await bootstrap.FindAsync(parsed, cancellation).ConfigureAwait(false),
                ClientId = "sluice-cli",
                Partitioner = Partitioners[parsed.GetValue(partitioner)!](),
                Compression = Enum.GetValues<CompressionCodec>().First(c => Codecs.Name(c) == parsed.GetValue(compression)),
                Acks = parsed.GetValue(acks) switch { "none" => Acks.None, "leader" => Acks.Leader, _ => Acks.All },
                EnableIdempotence = parsed.GetValue(acks) == "all",
            };
            return await RunAsync(options, lines, parsed.GetValue(file), parsed.GetValue(output) == OutputFormat.Json).ConfigureAwait(false);
        });
        return new CommandGroup(command, new Dictionary<Command, string>
        {
            [command] = """
                Records of equal keys go to equal partitions; choose consistent_random where librdkafka's clients write the topic too.

                Examples:
                  echo hello | sluice produce greetings
                  sluice produce orders --file orders.txt --key-separator : --compression zstd
                  seq 1000000 | sluice produce numbers --output json

                Exit codes: 0 every record was acknowledged, 1 one or more were not, 2 bad command line, 3 no cluster, 130 interrupted.
                """,
        });
    }

    private static async Task<int> RunAsync(ProducerOptions options, LineRecords lines, string? file, bool json)
    {
        using var interrupt = new Interrupt();
        using Stream input = file is null ? Console.OpenStandardInput() : File.OpenRead(file);
        var progress = new Progress("written");
        long delivered = 0, failed = 0, bytes = 0;
        Exception? first = null;
        DeliveryCallback count = (in RecordMetadata _, Exception? error, object? _) =>
        {
            if (error is null) delivered++;
            else if (failed++ == 0) first = error;
        };
        var producer = new Producer(options);
        await using (producer.ConfigureAwait(false))
        {
            await foreach (ProducerRecord record in lines.ReadAsync(input, interrupt.Token).ConfigureAwait(false))
            {
                producer.Send(record, count);
                bytes += record.Key.GetValueOrDefault().Length + record.Value.GetValueOrDefault().Length;
                progress.Report(Volatile.Read(ref delivered), bytes);
            }
        }

        progress.End();
        if (json) OutputFormat.Write(new JsonObject { ["records"] = delivered, ["failed"] = failed, ["bytes"] = bytes, ["seconds"] = Math.Round(progress.Elapsed.TotalSeconds, 3) });
        else Console.Error.WriteLine(progress.Text(delivered, bytes));
        if (first is not null) throw new CommandException($"{failed} records were not written. The first: {Errors.Text(first)}");
        return interrupt.Token.IsCancellationRequested ? ExitCodes.Interrupted : ExitCodes.Done;
    }
}
