using Simulation.Models;
using Simulation.Runs;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Simulation.Clients;

/// <summary>Reads partitions from wherever it stands, with fetch sessions or without, and checks all that it is given against the model.</summary>
internal sealed class Consumer(World world, string name) : SimClient(world, name)
{
    private readonly Dictionary<(Uuid Topic, int Partition), Position> _positions = [];
    private int _sessionId;
    private int _sessionEpoch;
    private short _version = 18;

    /// <inheritdoc/>
    public override void Act()
    {
        if (Outstanding > 0) return;
        if (_positions.Count == 0 || World.Random.Next(12) == 0 || _positions.Values.Any(p => !World.Model.Topics.ContainsValue(p.Topic))) Assign();
        if (_positions.Count > 0) Fetch();
    }

    /// <inheritdoc/>
    public override bool Uses(string topic)
    {
        foreach (Position position in _positions.Values)
        {
            if (position.Topic.Name == topic) return true;
        }
        return false;
    }

    /// <inheritdoc/>
    protected override void Disconnected()
    {
        // A client that reconnects begins a new session and closes the old one with it.
        _sessionEpoch = 0;
    }

    private void Assign()
    {
        _positions.Clear();
        _sessionEpoch = 0;
        if (World.Random.Next(3) == 0) _version = Version(4, 18);
        for (int i = World.Random.Next(1, 5); i > 0; i--)
        {
            if (World.Model.Pick(World.Random) is not { } topic) return;
            int partition = World.Random.Next(topic.Partitions.Count);
            _positions.TryAdd((topic.Id, partition), new Position(topic, partition) { Offset = topic.Partitions[partition].Start });
        }
    }

    private void Fetch()
    {
        bool usesSession = _version >= 7 && World.Random.Next(4) > 0;
        if (!usesSession) _sessionEpoch = -1;
        var request = new FetchRequest
        {
            MaxWaitMs = World.Random.Next(4) * 200,
            MinBytes = World.Random.Next(3) switch { 0 => 0, 1 => 1, _ => World.Random.Next(1, 2000) },
            MaxBytes = World.Random.Next(3) == 0 ? World.Random.Next(1, 3000) : 1 << 20,
            SessionId = _version >= 7 ? _sessionId : 0,
            SessionEpoch = _version >= 7 ? _sessionEpoch : -1,
        };
        // Positions change with every answer, so an incremental fetch tells them all again; that is allowed.
        foreach (Position position in _positions.Values) Add(request, position);
        World.Trace.Note($"{Name} fetches {_positions.Count} v{_version} session {request.SessionId}/{request.SessionEpoch}");
        Send<FetchResponse>(request, _version, response => Answered(request, response));
        if (!usesSession) (_sessionId, _sessionEpoch) = (0, 0);
    }

    private void Add(FetchRequest request, Position position)
    {
        request.Topics.Add(new FetchRequest.FetchTopic
        {
            Topic = _version < 13 ? position.Topic.Name : "",
            TopicId = _version < 13 ? Uuid.Zero : position.Topic.Id,
            Partitions =
            [
                new FetchRequest.FetchPartition
                {
                    Partition = position.Partition,
                    FetchOffset = position.Offset,
                    PartitionMaxBytes = World.Random.Next(4) == 0 ? World.Random.Next(1, 500) : 1 << 20,
                },
            ],
        });
    }

    private void Answered(FetchRequest request, FetchResponse response)
    {
        if (response.ErrorCode is ErrorCode.FetchSessionIdNotFound or ErrorCode.InvalidFetchSessionEpoch or ErrorCode.FetchSessionTopicIdError)
        {
            if (request.SessionEpoch <= 0) throw new Violation($"a fetch without a session was answered {response.ErrorCode}");
            _sessionEpoch = 0;
            return;
        }
        if (response.ErrorCode != ErrorCode.None) throw new Violation($"Fetch was answered {response.ErrorCode}");
        if (request.SessionEpoch >= 0)
        {
            _sessionId = response.SessionId;
            _sessionEpoch = response.SessionId == 0 ? 0 : request.SessionEpoch + 1;
        }
        bool isFirst = true;
        int total = 0;
        foreach (FetchResponse.FetchableTopicResponse topic in response.Responses)
        {
            foreach (FetchResponse.PartitionData data in topic.Partitions)
            {
                int length = data.Records.Length;
                total += length;
                if (!isFirst && length > 0 && total > request.MaxBytes) throw new Violation($"Fetch gave {total} bytes, asked for at most {request.MaxBytes}");
                isFirst &= length == 0;
                Take(topic, data);
            }
        }
    }

    private void Take(FetchResponse.FetchableTopicResponse topic, FetchResponse.PartitionData data)
    {
        Position? position = null;
        foreach (Position candidate in _positions.Values)
        {
            bool isIt = _version < 13 ? candidate.Topic.Name == topic.Topic : candidate.Topic.Id == topic.TopicId;
            if (isIt && candidate.Partition == data.PartitionIndex) position = candidate;
        }
        if (position is null) throw new Violation($"Fetch answered for {topic.Topic}{topic.TopicId}-{data.PartitionIndex}, which was not asked for");
        PartitionModel partition = position.Topic.Partitions[position.Partition];
        World.Trace.Note($"{Name} {partition.Name} at {position.Offset}: {data.ErrorCode} {data.Records.Length} bytes, ends at {data.HighWatermark}");
        switch (data.ErrorCode)
        {
            case ErrorCode.None:
                break;
            case ErrorCode.OffsetOutOfRange:
                if (partition.Cuts == 0 && !partition.MayTrim && partition.Damaged.Count == 0) throw new Violation($"{partition.Name}: offset {position.Offset} is out of range, but nothing was ever cut");
                FindStart(position);
                return;
            case ErrorCode.UnknownTopicId or ErrorCode.UnknownTopicOrPartition:
                if (World.Model.Topics.ContainsValue(position.Topic) && World.Model.Pending is not { Kind: PendingKind.Delete })
                    throw new Violation($"{partition.Name} is not known to the broker");
                _positions.Remove((position.Topic.Id, position.Partition));
                _sessionEpoch = 0;
                return;
            case ErrorCode.KafkaStorageError:
                if (World.Disk.FaultsInjected == 0 && !World.DiskWasFull && partition.Damaged.Count == 0) throw new Violation($"{partition.Name} is offline, but its disk never failed");
                return;
            default:
                throw new Violation($"{partition.Name}: Fetch was answered {data.ErrorCode}");
        }
        if (data.LogStartOffset >= 0) partition.BeginsAt(data.LogStartOffset);
        bool isDurable = position.Topic.FlushesFirst == true;
        long from = position.Offset;
        long high = data.HighWatermark;
        byte[] bytes = data.Records.ToArray();
        long next = Batches.Read(bytes, partition, (offset, record) =>
        {
            if (offset < from) return;
            if (offset >= high) throw new Violation($"{partition.Name}: offset {offset} was given although the high watermark is {high}");
            partition.Observed(offset, record, isDurable && position.SawFlushesFirst);
        });
        if (next >= 0 && next <= from) throw new Violation($"{partition.Name}: a fetch from {from} gave batches that end before {next}");
        position.SawFlushesFirst = isDurable;
        if (next > from) position.Offset = next;
    }

    /// <summary>Begins anew where the log begins, as a consumer with auto.offset.reset=earliest.</summary>
    private void FindStart(Position position)
    {
        var request = new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = position.Topic.Name, Partitions = [new() { PartitionIndex = position.Partition, Timestamp = -2, CurrentLeaderEpoch = -1 }] }] };
        Send<ListOffsetsResponse>(request, 5, response =>
        {
            ListOffsetsResponse.ListOffsetsPartitionResponse answer = response.Topics[0].Partitions[0];
            World.Trace.Note($"{Name} {position.Topic.Name}-{position.Partition} begins at {answer.Offset} {answer.ErrorCode}");
            if (answer.ErrorCode != ErrorCode.None) return;
            position.Topic.Partitions[position.Partition].BeginsAt(answer.Offset);
            position.Offset = answer.Offset;
        });
    }

    private sealed class Position(TopicModel topic, int partition)
    {
        public TopicModel Topic { get; } = topic;

        public int Partition { get; } = partition;

        public long Offset { get; set; }

        /// <summary>Whether the topic promised to flush first when the last answer came, so that no change of the promise lies between.</summary>
        public bool SawFlushesFirst { get; set; }
    }
}
