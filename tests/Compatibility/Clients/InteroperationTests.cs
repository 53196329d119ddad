using System.Text;
using Support;
using Support.Clients;

namespace Compatibility.Clients;

/// <summary>Every client reads what every client wrote, with every codec: keys, headers, nulls, empty strings and a record of one megabyte.</summary>
public sealed class InteroperationTests(InteroperationTests.SharedBroker shared) : IClassFixture<InteroperationTests.SharedBroker>
{
    private static readonly (string Name, KafkaClient Client)[] Clients =
    [
        ("kcat", new Kcat()), ("librdkafka", new Librdkafka()), ("kafkajs", NodeClient.KafkaJs), ("platformatic", NodeClient.Platformatic), ("java", new JavaClient()),
    ];

    public sealed class SharedBroker : IDisposable
    {
        internal TestBroker Broker { get; } = new("group.initial.rebalance.delay.ms=0");

        public void Dispose() => Broker.Dispose();
    }

    [SkippableTheory]
    [InlineData("none", 0)]
    [InlineData("gzip", 1)]
    [InlineData("snappy", 2)]
    [InlineData("lz4", 3)]
    [InlineData("zstd", 4)]
    public async Task Every_client_reads_what_every_client_wrote(string codec, int bits)
    {
        (string Name, KafkaClient Client)[] present = [.. Clients.Where(c => IsPresent(c.Client))];
        Skip.If(present.Length == 0, "no client is installed");
        string topic = $"written-{codec}";
        await Topics.CreateAsync(shared.Broker.Bootstrap, topic, 3);
        var expected = new List<string>();
        foreach ((string name, KafkaClient client) in present)
        {
            ClientRecord[] records = [.. Records(name).Select(client.Expressible)];
            client.Produce(shared.Broker.Bootstrap, topic, codec, records);
            expected.AddRange(records.Select(r => r.Fingerprint()));
            Assert.Contains(bits, Logs.CodecsOf(shared.Broker, topic));
        }

        expected.Sort(StringComparer.Ordinal);
        foreach ((string name, KafkaClient client) in present)
        {
            IReadOnlyList<ClientRecord> read = client.Consume(shared.Broker.Bootstrap, topic, expected.Count);
            Assert.Equal(expected, [.. read.Select(r => r.Fingerprint()).Order(StringComparer.Ordinal)]);
        }
    }

    private static bool IsPresent(KafkaClient client)
    {
        try
        {
            client.Require();
            return true;
        }
        catch (SkipException)
        {
            return false;
        }
    }

    private static IEnumerable<ClientRecord> Records(string by)
    {
        for (int i = 0; i < 60; i++)
        {
            string? key = (i % 5) switch { 0 => null, 1 => "", _ => $"{by}-{i} ä" };
            string? value = (i % 7) switch { 3 => null, 4 => "", _ => $"{by} {i} the same words again and again ü" };
            yield return new ClientRecord(i % 3, key, value, i % 2 == 0 ? [] : [("a", "1"), ("a", "2"), ("b", ""), ("nothing", null), ("ü", "ß")]);
        }

        yield return new ClientRecord(0, $"{by}-large", LargeText(1_000_000), []);
    }

    // Letters at random, so that codecs gain little and the record stays large on its way.
    private static string LargeText(int length)
    {
        var random = new Random(length);
        var text = new StringBuilder(length);
        while (text.Length < length) text.Append((char)('a' + random.Next(26)));
        return text.ToString();
    }
}
