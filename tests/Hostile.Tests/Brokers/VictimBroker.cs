using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Sluice.Broker.Tests;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;

namespace Hostile.Tests.Brokers;

/// <summary>
/// A broker process under attack, and what must hold of it whatever is sent: it lives, it has met no bug, it stays within its memory,
/// and what a well-behaved client wrote is there.
/// </summary>
internal sealed class VictimBroker : IDisposable
{
    private const string Canary = "canary";
    private const long OwnBytes = 96L * 1024 * 1024;

    private readonly List<string> _written = [];
    private TcpClient? _client;

    private VictimBroker(BrokerProcess process, long memoryBytesMax)
    {
        Process = process;
        MemoryBytesMax = memoryBytesMax;
    }

    public BrokerProcess Process { get; }

    /// <summary>What <c>sluice.memory.max.bytes</c> is set to.</summary>
    public long MemoryBytesMax { get; }

    /// <summary>Anonymous memory of the process in bytes: all but files.</summary>
    public long MemoryBytes => Status("RssAnon:") * 1024;

    /// <summary>The most that was seen of <see cref="MemoryBytes"/>.</summary>
    public long MemoryBytesSeenMax { get; private set; }

    public static Task<VictimBroker> StartAsync(long memoryBytesMax = 512L * 1024 * 1024, params string[] properties) => StartUnderAsync([], memoryBytesMax, properties);

    /// <summary>By a command that the broker's own follows.</summary>
    public static async Task<VictimBroker> StartUnderAsync(string[] launcher, long memoryBytesMax = 512L * 1024 * 1024, params string[] properties)
    {
        BrokerProcess process = await BrokerProcess.StartUnderAsync(
            launcher,
            null,
            [$"sluice.memory.max.bytes={memoryBytesMax}", "group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=4", .. properties]);
        var broker = new VictimBroker(process, memoryBytesMax);
        // Its records are old: by default retention would delete them.
        broker.Create(Canary, 1, ("retention.ms", "-1"));
        return broker;
    }

    public TcpClient Connect() => Process.Connect();

    /// <summary>Creates a topic that may exist already.</summary>
    public Uuid Create(string topic, int partitions = 1, params (string Name, string Value)[] settings)
    {
        using TcpClient client = Connect();
        CreateTopicsResponse.CreatableTopicResult result = BrokerProcess.Ask(
            client,
            new CreateTopicsRequest
            {
                TimeoutMs = 30_000,
                Topics = [new() { Name = topic, NumPartitions = partitions, ReplicationFactor = 1, Configs = [.. settings.Select(s => new CreateTopicsRequest.CreatableTopicConfig { Name = s.Name, Value = s.Value })] }],
            },
            7).Topics[0];
        Assert.True(result.ErrorCode is ErrorCode.None or ErrorCode.TopicAlreadyExists, $"{topic}: {result.ErrorCode} {result.ErrorMessage}");
        return result.TopicId;
    }

    /// <summary>A well-behaved client writes and reads; the broker's log and memory are looked at.</summary>
    public void Check()
    {
        CheckLog();
        CheckMemory();
        _client ??= Connect();
        string value = $"value {_written.Count}";
        ErrorCode error = BrokerProcess.Ask(_client, Produce(Canary, Batch(value)), 9).Responses[0].PartitionResponses[0].ErrorCode;
        Assert.Equal(ErrorCode.None, error);
        _written.Add(value);
    }

    /// <summary>Deletes topics that nobody has use for any more.</summary>
    public void DeleteTopics(Func<string, bool> isStray)
    {
        using TcpClient client = Connect();
        MetadataResponse all = BrokerProcess.Ask(client, new MetadataRequest { Topics = null }, 9);
        string[] strays = [.. all.Topics.Where(topic => !topic.IsInternal && topic.Name != Canary && isStray(topic.Name!)).Select(topic => topic.Name!)];
        if (strays.Length > 0) BrokerProcess.Ask(client, new DeleteTopicsRequest { TimeoutMs = 30_000, TopicNames = [.. strays] }, 5);
    }

    /// <summary>Every record that was acknowledged is there, once and in order.</summary>
    public void CheckRecords()
    {
        using TcpClient client = Connect();
        var read = new List<string>();
        while (read.Count < _written.Count)
        {
            FetchResponse.PartitionData answer = BrokerProcess.Ask(client, Fetch(Canary, read.Count), 11).Responses[0].Partitions[0];
            Assert.Equal(ErrorCode.None, answer.ErrorCode);
            int before = read.Count;
            foreach (RecordBatch batch in RecordBatches.Split(answer.Records.Memory.Span))
            {
                Assert.Equal(BatchError.None, batch.Validate());
                if (batch.BaseOffset < read.Count) continue;
                var records = new RecordReader(batch.Body, batch.RecordCount);
                while (records.TryRead(out Sluice.Protocol.Batches.Record record)) read.Add(Encoding.UTF8.GetString(record.Value));
            }
            Assert.True(read.Count > before, $"only {read.Count} of {_written.Count} records are there");
        }
        Assert.Equal(_written, read);
    }

    /// <summary>No request has found a bug.</summary>
    public void CheckLog()
    {
        foreach (JsonElement line in Process.Log)
        {
            string name = line.TryGetProperty("event", out JsonElement found) ? found.GetString() ?? "" : "";
            if (name is "Halted" or "CoreError") Assert.Fail($"the broker met a bug: {line}\n{Process.Errors}");
        }
        Assert.True(Directory.Exists($"/proc/{Process.Id}"), $"the broker has ended: {Process.Errors}");
    }

    public void CheckMemory()
    {
        MemoryBytesSeenMax = Math.Max(MemoryBytesSeenMax, MemoryBytes);
        Assert.True(MemoryBytesSeenMax <= MemoryBytesMax + OwnBytes, $"the broker takes {MemoryBytesSeenMax} bytes, it may take {MemoryBytesMax} for its clients and {OwnBytes} for itself");
    }

    public static byte[] Batch(params string[] values)
    {
        using var builder = new RecordBatchBuilder();
        foreach (string value in values) builder.Append(1_700_000_000_000, "k"u8.ToArray(), Encoding.UTF8.GetBytes(value));
        return builder.Build();
    }

    public static ProduceRequest Produce(string topic, byte[] batch, int partition = 0, short acks = 1) => new()
    {
        Acks = acks,
        TimeoutMs = 30_000,
        TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = new Records(batch) }] }],
    };

    public static FetchRequest Fetch(string topic, long offset, int maxWaitMs = 0, int maxBytes = 1 << 20) => new()
    {
        MaxWaitMs = maxWaitMs,
        MinBytes = 1,
        MaxBytes = 50_000_000,
        SessionEpoch = -1,
        Topics = [new() { Topic = topic, Partitions = [new() { FetchOffset = offset, PartitionMaxBytes = maxBytes, CurrentLeaderEpoch = -1 }] }],
    };

    public void Dispose()
    {
        _client?.Dispose();
        Process.Dispose();
    }

    private long Status(string name)
    {
        foreach (string line in File.ReadLines($"/proc/{Process.Id}/status"))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
                return long.Parse(line[name.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
        }
        throw new InvalidOperationException($"no {name} in the status of the broker");
    }
}
