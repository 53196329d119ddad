using System.CommandLine;
using Sluice.Cli.Output;
using Sluice.Client.Admin;
using Sluice.Client.Producing;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Sluice.Cli.Data;

/// <summary>`sluice produce`: a record for each line.</summary>
internal static class ProduceCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

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
                // Somebody waits for the answer: long enough for a broker to restart, no longer.
                DeliveryTimeout = Patience,
                MaxBlock = Patience,
                RequestTimeout = TimeSpan.FromSeconds(10),
            };
            await CheckTopicAsync(options, parsed.GetValue(topic)!, parsed.GetValue(partition), cancellation).ConfigureAwait(false);
            using Stream input = parsed.GetValue(file) is { } name ? File.OpenRead(name) : Console.OpenStandardInput();
            return await new ProduceRun(options, lines, parsed.GetValue(output) == OutputFormat.Json).RunAsync(input, cancellation).ConfigureAwait(false);
        });
        return new CommandGroup(command, new Dictionary<Command, string>
        {
            [command] = """
                Records of equal keys go to equal partitions; choose consistent_random where librdkafka's clients write the topic too.

                Examples:
                  echo hello | sluice produce greetings
                  sluice produce orders --file orders.txt --key-separator : --compression zstd
                  seq 1000000 | sluice produce numbers --output json

                Exit codes: 0 every record was acknowledged, 1 one or more were not, 2 bad command line, 3 no cluster, 130 interrupted, 143 terminated.
                """,
        });
    }

    /// <summary>What cannot work is refused before a line is read; a topic that is not there yet is made, where the brokers do that.</summary>
    private static async Task CheckTopicAsync(ProducerOptions options, string topic, int? partition, CancellationToken cancellation)
    {
        var admin = new AdminClient(options);
        await using (admin.ConfigureAwait(false))
        {
            Outcome<TopicDescription> outcome = (await admin.DescribeTopicsAsync([topic], cancellation).ConfigureAwait(false))[topic];
            if (outcome.Error is { Code: not ErrorCode.UnknownTopicOrPartition } error) throw error;
            if (outcome.Value is { } found && partition >= found.Partitions.Count) throw NoPartition(topic, found.Partitions.Count, partition.Value);
        }
    }

    private static CommandException NoPartition(string topic, int count, int partition) => new(
        $"topic '{topic}' has {count} partition{(count == 1 ? "" : "s")}, numbered from 0; there is no partition {partition}.", ExitCodes.Usage);
}
