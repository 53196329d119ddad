using Simulation.Models;
using Simulation.Runs;
using Sluice.Protocol;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Messages;

namespace Simulation.Clients;

/// <summary>
/// Writes records. An idempotent producer keeps up to five batches on their way to one partition and sends them again, in order, when it
/// loses its connection; each must then be in the log exactly once. One that is not sends each batch once.
/// </summary>
internal sealed class Producer(World world, string name, bool isIdempotent) : SimClient(world, name)
{
    private const int InFlightMax = 5;
    private const short FirstWithIds = 13;
    private readonly List<Sending> _inFlight = [];
    private long _producerId = -1;
    private short _producerEpoch = -1;
    private TopicModel? _topic;
    private string _lastTopic = "";
    private int _partition;
    private int _nextSequence;
    private bool _mustResend;
    private bool _historyIsWhole;
    private bool _speaksByName;
    private int _restartsAtBegin;
    private int _troublesAtBegin;

    /// <inheritdoc/>
    public override void Act()
    {
        if (_mustResend)
        {
            _mustResend = false;
            foreach (Sending sending in _inFlight) Send(sending);
            return;
        }
        if (_inFlight.Count == InFlightMax && World.Random.Next(4) == 0)
        {
            // Whether the batches have arrived, the producer cannot know: it sends all of them again.
            Disconnect();
            return;
        }
        if (_inFlight.Count >= (isIdempotent ? InFlightMax : 1)) return;
        if (_inFlight.Count == 0 && (_topic is null || World.Random.Next(8) == 0 || !World.Model.Topics.ContainsValue(_topic)))
        {
            if (isIdempotent ? Outstanding == 0 : true) Begin();
            return;
        }
        if (_topic is null || (isIdempotent && _producerId < 0)) return;
        for (int burst = isIdempotent ? World.Random.Next(1, InFlightMax + 1 - _inFlight.Count) : 1; burst > 0; burst--) SendNew();
    }

    /// <inheritdoc/>
    public override bool Uses(string topic) => _speaksByName && (_topic?.Name == topic || (Outstanding > 0 && _lastTopic == topic));

    /// <inheritdoc/>
    protected override void Disconnected()
    {
        if (isIdempotent)
        {
            _mustResend = _inFlight.Count > 0;
            return;
        }
        _inFlight.Clear();
    }

    private void Begin()
    {
        // Requests that may still be on their way speak as before.
        if (Outstanding == 0) _speaksByName = World.Random.Next(2) == 0;
        _topic = World.Model.Pick(World.Random);
        if (_topic is null) return;
        _lastTopic = _topic.Name;
        _partition = World.Random.Next(_topic.Partitions.Count);
        _nextSequence = 0;
        _historyIsWhole = World.Troubles % 2 == 0;
        _troublesAtBegin = World.Troubles;
        _restartsAtBegin = World.Restarts;
        if (!isIdempotent) return;
        _producerId = -1;
        Send<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000 }, Version(0, 5), response =>
        {
            World.Trace.Note($"{Name} is producer {response.ProducerId} {response.ErrorCode}");
            if (response.ErrorCode == ErrorCode.KafkaStorageError && World.DiskHasStruck) return;
            if (response.ErrorCode != ErrorCode.None) throw new Violation($"InitProducerId was answered {response.ErrorCode}");
            if (!World.ProducerIds.Add(response.ProducerId)) throw new Violation($"the producer id {response.ProducerId} was given out twice");
            _producerId = response.ProducerId;
            _producerEpoch = response.ProducerEpoch;
        });
    }

    private void SendNew()
    {
        long[] records = new long[World.Random.Next(1, 6)];
        for (int i = 0; i < records.Length; i++) records[i] = World.Model.NewRecord();
        PartitionModel partition = _topic!.Partitions[_partition];
        long timestamp = World.Clock.NowMs - World.Random.Next(2000);
        partition.Sent(records, timestamp, World.Clock.NowMs);
        var codec = (CompressionCodec)World.Random.Next(5);
        int fill = World.Random.Next(20) == 0 ? World.Random.Next(200_000) : World.Random.Next(300);
        int sequence = isIdempotent ? _nextSequence : -1;
        _nextSequence += records.Length;
        byte[] batch = Batches.Build(records, timestamp, codec, fill, isIdempotent ? _producerId : -1, isIdempotent ? _producerEpoch : (short)-1, sequence);
        var sending = new Sending(_topic, partition, _partition, records, batch, World.Random.Next(isIdempotent ? 4 : 6) switch { 0 => 1, 1 when !isIdempotent => 0, _ => -1 });
        _inFlight.Add(sending);
        Send(sending);
    }

    private void Send(Sending sending)
    {
        short version = _speaksByName ? Version(7, 13) : FirstWithIds;
        sending.SentAtMs = World.Clock.NowMs;
        sending.PromisedFlush = sending.Topic.FlushesFirst;
        var request = new ProduceRequest
        {
            Acks = (short)sending.Acks,
            TimeoutMs = 30_000,
            TopicData =
            [
                new ProduceRequest.TopicProduceData
                {
                    Name = version < FirstWithIds ? sending.Topic.Name : "",
                    TopicId = version < FirstWithIds ? Uuid.Zero : sending.Topic.Id,
                    PartitionData = [new ProduceRequest.PartitionProduceData { Index = sending.Index, Records = new Records(sending.Batch) }],
                },
            ],
        };
        Send<ProduceResponse>(request, version, response => Answered(sending, response.Responses[0].PartitionResponses[0]), reason => Ended(sending, reason), changes: _speaksByName ? sending.Topic.Name : null);
    }

    private void Ended(Sending sending, string reason)
    {
        if (sending.Acks != 0) throw new Violation($"a Produce request with acks={sending.Acks} got no answer: {reason}");
        _inFlight.Remove(sending);
        if (reason.Length > 0) Disconnect();
    }

    private void Answered(Sending sending, ProduceResponse.PartitionProduceResponse answer)
    {
        World.Trace.Note($"{Name} {sending.Partition.Name} {sending.Records[0]}+{sending.Records.Length}: {answer.ErrorCode} at {answer.BaseOffset}");
        switch (answer.ErrorCode)
        {
            case ErrorCode.None:
                bool isDurable = sending.PromisedFlush == true && sending.Topic.FlushesFirst == true;
                sending.Partition.Acknowledged(answer.BaseOffset, sending.Records, isDurable);
                World.Durability.Acknowledged(sending.Partition, answer.BaseOffset + sending.Records.Length, sending.SentAtMs);
                _inFlight.Remove(sending);
                break;
            case ErrorCode.KafkaStorageError or ErrorCode.RequestTimedOut or ErrorCode.NotLeaderOrFollower when isIdempotent:
                // What comes after it in the sequence cannot succeed before it does.
                if (++sending.Attempts > 20) Forget();
                else _mustResend = Outstanding == 0;
                _historyIsWhole &= answer.ErrorCode != ErrorCode.KafkaStorageError;
                if (Outstanding > 0) Disconnect();
                break;
            case ErrorCode.OutOfOrderSequenceNumber or ErrorCode.DuplicateSequenceNumber or ErrorCode.InvalidProducerEpoch:
                // A restart knows the last batch of a producer only, as Kafka's snapshots do; while the node runs it must know five.
                // A full disk may have refused one whose answer was not heard.
                if (_historyIsWhole && World.Restarts == _restartsAtBegin && World.Troubles == _troublesAtBegin)
                    throw new Violation($"{sending.Partition.Name}: producer {_producerId} sent its batches in order and got {answer.ErrorCode} for record {sending.Records[0]}");
                Forget();
                break;
            case ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId:
                if (World.Model.Topics.ContainsValue(sending.Topic) && World.Model.Pending is not { Kind: PendingKind.Delete })
                    throw new Violation($"{sending.Partition.Name} is not known to the broker");
                Forget();
                break;
            case ErrorCode.KafkaStorageError or ErrorCode.RequestTimedOut or ErrorCode.NotLeaderOrFollower:
                _inFlight.Remove(sending);
                break;
            default:
                throw new Violation($"{sending.Partition.Name}: Produce was answered {answer.ErrorCode} {answer.ErrorMessage}");
        }
    }

    /// <summary>Gives up what is on its way: its outcome stays unknown, and the next batches come from a new producer.</summary>
    private void Forget()
    {
        _inFlight.Clear();
        _mustResend = false;
        _topic = null;
        if (Outstanding > 0) Disconnect();
    }

    private sealed record Sending(TopicModel Topic, PartitionModel Partition, int Index, long[] Records, byte[] Batch, int Acks)
    {
        public bool? PromisedFlush { get; set; }

        public long SentAtMs { get; set; }

        public int Attempts { get; set; }
    }
}
