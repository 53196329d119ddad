using Sluice.Client.Consuming;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Tests.Consuming;

/// <summary>What a consumer does when the leader changes, and the new one lacks records that were read (KIP-320).</summary>
public sealed class TruncationTests : IDisposable
{
    private static readonly TopicPartition Partition = new("t", 0);

    private readonly Lock _lock = new();
    private readonly ScriptedBroker _broker;
    private readonly List<(long Offset, int Epoch)> _records = [];
    private int _epoch = 1;
    private (int Epoch, long End) _lastEpoch = (1, 10);
    private bool _offersEpochs = true;
    private int _questions;

    public TruncationTests()
    {
        for (int i = 0; i < 10; i++) _records.Add((i, 1));
        _broker = new ScriptedBroker((header, body) =>
        {
            lock (_lock) return Answer(header, body);
        });
    }

    [Fact]
    public async Task A_new_leader_with_all_that_was_read_is_read_on()
    {
        await using Consumer consumer = Reader(AutoOffsetReset.None);
        await Read(consumer, 10);
        Elect(keep: 10, write: 5);
        Assert.Equal([10, 11, 12, 13, 14], (await Read(consumer, 5)).Select(r => r.Offset));
        Assert.Equal(1, _questions);
    }

    [Fact]
    public async Task A_log_that_was_truncated_is_read_again_from_where_it_differs()
    {
        await using Consumer consumer = Reader(AutoOffsetReset.Latest);
        await Read(consumer, 10);
        Elect(keep: 6, write: 8);
        List<(long Offset, string Value)> again = await Read(consumer, 8);
        Assert.Equal((6, "6 of epoch 2"), again[0]);
        Assert.Equal((13, "13 of epoch 2"), again[^1]);
    }

    [Fact]
    public async Task A_log_without_a_trace_of_what_was_read_is_reset_by_the_rule()
    {
        await using Consumer consumer = Reader(AutoOffsetReset.Earliest);
        await Read(consumer, 10);
        Elect(keep: 0, write: 3, (-1, -1));
        Assert.Equal((0, "0 of epoch 2"), (await Read(consumer, 3))[0]);
    }

    [Fact]
    public async Task Without_a_rule_the_program_is_told_until_it_seeks()
    {
        await using Consumer consumer = Reader(AutoOffsetReset.None);
        await Read(consumer, 10);
        Elect(keep: 6, write: 8);
        for (int i = 0; i < 2; i++)
        {
            var error = await Assert.ThrowsAsync<LogTruncationException>(() => Read(consumer, 1));
            Assert.Equal((Partition, new OffsetAndEpoch(10, 1), new OffsetAndEpoch(6, 1)), (error.Partition, error.Position, error.Divergence!.Value));
            Assert.Contains("seek to 6", error.Message);
        }

        consumer.Seek(Partition, 6);
        Assert.Equal((6, "6 of epoch 2"), (await Read(consumer, 8))[0]);
    }

    [Fact]
    public async Task A_place_kept_with_its_epoch_is_checked_before_it_is_read_from()
    {
        await using Consumer consumer = Reader(AutoOffsetReset.None);
        Elect(keep: 6, write: 8);
        consumer.Seek(Partition, new OffsetAndEpoch(10, 1));
        Assert.Equal(6, (await Assert.ThrowsAsync<LogTruncationException>(() => Read(consumer, 1))).Divergence!.Value.Offset);
        consumer.Seek(Partition, new OffsetAndEpoch(6, 1));
        Assert.Equal((6, "6 of epoch 2"), (await Read(consumer, 8))[0]);
    }

    [Fact]
    public async Task A_broker_that_does_not_tell_is_read_on()
    {
        _offersEpochs = false;
        await using Consumer consumer = Reader(AutoOffsetReset.None);
        await Read(consumer, 10);
        Elect(keep: 10, write: 2);
        Assert.Equal(10, (await Read(consumer, 2))[0].Offset);
        Assert.Equal(0, _questions);
    }

    public void Dispose() => _broker.Dispose();

    private Consumer Reader(AutoOffsetReset reset)
    {
        var consumer = new Consumer(new ConsumerOptions
        {
            BootstrapServers = _broker.Address, AutoOffsetReset = reset, RetryBackoff = TimeSpan.FromMilliseconds(10), RetryBackoffMax = TimeSpan.FromMilliseconds(50),
        });
        consumer.Assign([Partition]);
        consumer.Seek(Partition, 0);
        return consumer;
    }

    private static async Task<List<(long Offset, string Value)>> Read(Consumer consumer, int count)
    {
        var read = new List<(long, string)>();
        using var limit = new CancellationTokenSource(Reading.Patience);
        while (read.Count < count)
        {
            using ConsumedRecords records = await consumer.PollAsync(TimeSpan.FromSeconds(5), limit.Token);
            foreach (ConsumedRecord record in records) read.Add((record.Offset, Reading.Text(record.Value)));
        }

        return read;
    }

    /// <summary>Epoch 2 begins, with a leader that has the first records only, and writes its own behind them.</summary>
    private void Elect(int keep, int write, (int Epoch, long End)? says = null)
    {
        lock (_lock)
        {
            _epoch = 2;
            _lastEpoch = says ?? (1, keep);
            _records.RemoveRange(keep, _records.Count - keep);
            for (int i = 0; i < write; i++) _records.Add((keep + i, 2));
        }
    }

    private byte[] Answer(RequestHeader header, ReadOnlyMemory<byte> body) => ScriptedBroker.Body(header, (ApiKey)header.RequestApiKey switch
    {
        ApiKey.ApiVersions => Versions(),
        ApiKey.Metadata => Metadata(),
        ApiKey.Fetch => Fetch(Parse(new FetchRequest(), header, body)),
        ApiKey.ListOffsets => ListOffsets(),
        ApiKey.OffsetForLeaderEpoch => Epochs(Parse(new OffsetForLeaderEpochRequest(), header, body)),
        _ => throw new InvalidOperationException($"nobody expects {(ApiKey)header.RequestApiKey}"),
    });

    private static T Parse<T>(T request, RequestHeader header, ReadOnlyMemory<byte> body)
        where T : IRequest
    {
        request.ReadAll(body, header.RequestApiVersion);
        return request;
    }

    private ApiVersionsResponse Versions()
    {
        ApiVersionsResponse versions = ScriptedBroker.Versions();
        // Sessions and topic ids are for others to test.
        versions.ApiKeys.RemoveAll(a => a.ApiKey == (short)ApiKey.OffsetForLeaderEpoch && !_offersEpochs);
        versions.ApiKeys.Single(a => a.ApiKey == (short)ApiKey.Fetch).MaxVersion = 12;
        return versions;
    }

    private MetadataResponse Metadata() => new()
    {
        Brokers = [new MetadataResponse.MetadataResponseBroker { NodeId = 1, Host = "127.0.0.1", Port = _broker.Port }],
        Topics =
        [
            new MetadataResponse.MetadataResponseTopic
            {
                Name = Partition.Topic, TopicId = new Uuid(1, 1),
                Partitions = [new MetadataResponse.MetadataResponsePartition { LeaderId = 1, LeaderEpoch = _epoch, ReplicaNodes = [1], IsrNodes = [1] }],
            },
        ],
    };

    private ListOffsetsResponse ListOffsets() => new()
    {
        Topics = [new ListOffsetsResponse.ListOffsetsTopicResponse { Name = Partition.Topic, Partitions = [new ListOffsetsResponse.ListOffsetsPartitionResponse { Offset = 0, LeaderEpoch = _epoch, Timestamp = -1 }] }],
    };

    private FetchResponse Fetch(FetchRequest request)
    {
        if (request.Topics.Count == 0) return new FetchResponse();
        FetchRequest.FetchPartition asked = request.Topics.Single().Partitions.Single();
        var data = new FetchResponse.PartitionData { HighWatermark = _records.Count, LastStableOffset = -1, LogStartOffset = 0, PreferredReadReplica = -1 };
        if (asked.CurrentLeaderEpoch < _epoch)
        {
            data.ErrorCode = ErrorCode.FencedLeaderEpoch;
        }
        else if (asked.FetchOffset < _records.Count)
        {
            using var batch = new RecordBatchBuilder { BaseOffset = asked.FetchOffset, PartitionLeaderEpoch = _records[(int)asked.FetchOffset].Epoch };
            foreach ((long offset, int epoch) in _records.Skip((int)asked.FetchOffset).TakeWhile(r => r.Epoch == batch.PartitionLeaderEpoch))
                batch.Append(1_700_000_000_000, null, System.Text.Encoding.UTF8.GetBytes($"{offset} of epoch {epoch}"));
            data.Records = new Records(batch.Build());
        }

        return new FetchResponse { Responses = [new FetchResponse.FetchableTopicResponse { Topic = Partition.Topic, Partitions = [data] }] };
    }

    private OffsetForLeaderEpochResponse Epochs(OffsetForLeaderEpochRequest request)
    {
        _questions++;
        OffsetForLeaderEpochRequest.OffsetForLeaderPartition asked = request.Topics.Single().Partitions.Single();
        Assert.Equal((2, 1), (asked.CurrentLeaderEpoch, asked.LeaderEpoch));
        return new OffsetForLeaderEpochResponse
        {
            Topics = [new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult { Topic = Partition.Topic, Partitions = [new OffsetForLeaderEpochResponse.EpochEndOffset { LeaderEpoch = _lastEpoch.Epoch, EndOffset = _lastEpoch.End }] }],
        };
    }
}
