using Simulation.Models;
using Simulation.Runs;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Simulation.Clients;

/// <summary>
/// Reads partitions from wherever it stands, with fetch sessions or without, and checks all that it is given against the model. In a session
/// it tells all its partitions each time, which is allowed, or as clients do only what has changed. It asks where logs end as well.
/// </summary>
internal sealed class Consumer(World world, string name) : SimClient(world, name)
{
    private const short FirstWithSessions = 7;
    private const short FirstWithIds = 13;
    private readonly Dictionary<(Uuid Topic, int Partition), Position> _positions = [];
    private readonly List<Position> _forgotten = [];
    private int _sessionId;
    private int _sessionEpoch;
    private bool _tellsChangesOnly;
    private short _version = 18;

    /// <summary>The fetch that waits for its answer; null while there is none.</summary>
    public FetchWanted? Wanted { get; private set; }

    /// <inheritdoc/>
    public override void Act()
    {
        if (Outstanding > 0) return;
        if (_positions.Count == 0 || World.Random.Next(12) == 0 || _positions.Values.Any(p => !World.Model.Topics.ContainsValue(p.Topic))) Assign();
        if (_positions.Count == 0) return;
        if (World.Random.Next(6) == 0) FindEnd(_positions.Values.ElementAt(World.Random.Next(_positions.Count)));
        else Fetch();
    }

    /// <inheritdoc/>
    public override bool Uses(string topic)
    {
        if (_version >= FirstWithIds) return false;
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
        EndSession();
        Wanted = null;
    }

    private void Assign()
    {
        if (World.Random.Next(2) == 0)
        {
            EndSession();
            if (World.Random.Next(3) == 0) _version = Version(4, 18);
            _tellsChangesOnly = World.Random.Next(2) == 0;
        }
        // A session goes on with other partitions: those that are gone have to be forgotten.
        else
        {
            _forgotten.AddRange(_positions.Values.Where(p => p.IsInSession));
        }
        _positions.Clear();
        for (int i = World.Random.Next(1, 5); i > 0; i--)
        {
            if (World.Model.Pick(World.Random) is not { } topic) return;
            int partition = World.Random.Next(topic.Partitions.Count);
            var position = new Position(topic, partition);
            position.Move(topic.Partitions[partition].Start);
            _positions.TryAdd((topic.Id, partition), position);
        }
    }

    private void EndSession()
    {
        _sessionEpoch = 0;
        _forgotten.Clear();
        foreach (Position position in _positions.Values) position.IsInSession = false;
    }

    private void Fetch()
    {
        bool usesSession = _version >= FirstWithSessions && World.Random.Next(_tellsChangesOnly ? 20 : 4) > 0;
        if (!usesSession)
        {
            EndSession();
            _sessionEpoch = -1;
        }
        var request = new FetchRequest
        {
            MaxWaitMs = World.Random.Next(4) * 200,
            MinBytes = World.Random.Next(3) switch { 0 => 0, 1 => 1, _ => World.Random.Next(1, 2000) },
            MaxBytes = World.Random.Next(3) == 0 ? World.Random.Next(1, 3000) : 1 << 20,
            SessionId = _version >= FirstWithSessions ? _sessionId : 0,
            SessionEpoch = _version >= FirstWithSessions ? _sessionEpoch : -1,
        };
        foreach (Position position in _forgotten) Forget(request, position);
        _forgotten.Clear();
        foreach (Position position in _positions.Values)
        {
            if (!_tellsChangesOnly || !position.IsInSession || position.Offset != position.ToldOffset) Add(request, position);
        }
        World.Trace.Note($"{Name} fetches {request.Topics.Count} of {_positions.Count} v{_version} session {request.SessionId}/{request.SessionEpoch}");
        Wanted = new FetchWanted(request, [.. _positions.Values.Select(p => new FetchWanted.Part(p.Topic, p.Partition, p.Offset, p.MaxBytes))], World.Clock.ElapsedMs);
        long askedAt = World.Trace.Count;
        Send<FetchResponse>(request, _version, response => Answered(request, askedAt, response), onHandled: Wanted.Handled);
        if (!usesSession) (_sessionId, _sessionEpoch) = (0, 0);
    }

    private void Forget(FetchRequest request, Position position)
    {
        if (_positions.ContainsKey((position.Topic.Id, position.Partition))) return;
        request.ForgottenTopicsData.Add(new FetchRequest.ForgottenTopic
        {
            Topic = _version < FirstWithIds ? position.Topic.Name : "",
            TopicId = _version < FirstWithIds ? Uuid.Zero : position.Topic.Id,
            Partitions = [position.Partition],
        });
    }

    private void Add(FetchRequest request, Position position)
    {
        position.MaxBytes = World.Random.Next(4) == 0 ? World.Random.Next(1, 500) : 1 << 20;
        position.ToldOffset = position.Offset;
        position.IsInSession = request.SessionEpoch >= 0;
        request.Topics.Add(new FetchRequest.FetchTopic
        {
            Topic = _version < FirstWithIds ? position.Topic.Name : "",
            TopicId = _version < FirstWithIds ? Uuid.Zero : position.Topic.Id,
            Partitions = [new FetchRequest.FetchPartition { Partition = position.Partition, FetchOffset = position.Offset, PartitionMaxBytes = position.MaxBytes }],
        });
    }

    private void Answered(FetchRequest request, long askedAt, FetchResponse response)
    {
        FetchWanted wanted = Wanted!;
        Wanted = null;
        if (response.ErrorCode is ErrorCode.FetchSessionIdNotFound or ErrorCode.InvalidFetchSessionEpoch or ErrorCode.FetchSessionTopicIdError)
        {
            if (request.SessionEpoch <= 0) throw new Violation($"a fetch without a session was answered {response.ErrorCode}");
            EndSession();
            return;
        }
        if (response.ErrorCode != ErrorCode.None) throw new Violation($"Fetch was answered {response.ErrorCode}");
        if (request.SessionEpoch >= 0)
        {
            _sessionId = response.SessionId;
            _sessionEpoch = request.SessionEpoch + 1;
            if (response.SessionId == 0) EndSession();
        }
        CheckWaited(request, wanted, response);
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
                Take(topic, data, askedAt);
            }
        }
    }

    /// <summary>A client that is sent away with nothing before its time asks again at once, and so on.</summary>
    private void CheckWaited(FetchRequest request, FetchWanted wanted, FetchResponse response)
    {
        bool isEmpty = response.Responses.TrueForAll(topic => topic.Partitions.TrueForAll(p => p.ErrorCode == ErrorCode.None && p.Records.Length == 0));
        if (request.MinBytes <= 0 || !isEmpty || World.Clock.ElapsedMs - wanted.SinceMs >= request.MaxWaitMs) return;
        if (wanted.Parts.All(p => p.Model.Damaged.Count == 0)) throw new Violation($"{Name} would wait {request.MaxWaitMs} ms for {request.MinBytes} bytes, and was answered nothing after {World.Clock.ElapsedMs - wanted.SinceMs} ms");
    }

    private void Take(FetchResponse.FetchableTopicResponse topic, FetchResponse.PartitionData data, long askedAt)
    {
        Position? position = null;
        foreach (Position candidate in _positions.Values)
        {
            bool isIt = _version < FirstWithIds ? candidate.Topic.Name == topic.Topic : candidate.Topic.Id == topic.TopicId;
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
                if (partition.Cuts == position.CutsBefore && position.Offset >= partition.TrimmedTo && partition.Damaged.Count == 0) throw new Violation($"{partition.Name}: offset {position.Offset} is out of range, but nothing was ever cut");
                FindStart(position);
                return;
            case ErrorCode.UnknownTopicId or ErrorCode.UnknownTopicOrPartition:
                if (World.Model.Topics.ContainsValue(position.Topic) && World.Model.Pending is not { Kind: PendingKind.Delete })
                    throw new Violation($"{partition.Name} is not known to the broker");
                EndSession();
                _positions.Remove((position.Topic.Id, position.Partition));
                return;
            case ErrorCode.KafkaStorageError:
                if (!World.DiskHasStruck && partition.Damaged.Count == 0) throw new Violation($"{partition.Name} is offline, but its disk never failed");
                return;
            default:
                throw new Violation($"{partition.Name}: Fetch was answered {data.ErrorCode}");
        }
        if (data.LogStartOffset >= 0) partition.BeginsAt(data.LogStartOffset);
        partition.ToldEnd(data.HighWatermark, askedAt, World.Trace.Count);
        bool isDurable = partition.FlushedSince < askedAt;
        World.Durability.EndTold(partition, data.HighWatermark, askedAt);
        long from = position.Offset;
        long high = data.HighWatermark;
        byte[] bytes = data.Records.ToArray();
        long next = Batches.Read(bytes, partition, (offset, record) =>
        {
            if (offset < from) return;
            if (offset >= high) throw new Violation($"{partition.Name}: offset {offset} was given although the high watermark is {high}");
            partition.Observed(offset, record, isDurable);
        });
        if (next >= 0 && next <= from) throw new Violation($"{partition.Name}: a fetch from {from} gave batches that end before {next}");
        if (next > from) position.Move(next);
    }

    /// <summary>Begins anew where the log begins, as a consumer with auto.offset.reset=earliest.</summary>
    private void FindStart(Position position)
    {
        var request = new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = position.Topic.Name, Partitions = [new() { PartitionIndex = position.Partition, Timestamp = -2, CurrentLeaderEpoch = -1 }] }] };
        Send<ListOffsetsResponse>(request, 5, response =>
        {
            ListOffsetsResponse.ListOffsetsPartitionResponse answer = response.Topics[0].Partitions[0];
            World.Trace.Note($"{Name} {position.Topic.Name}-{position.Partition} begins at {answer.Offset} {answer.ErrorCode}");
            if (answer.ErrorCode != ErrorCode.None || !World.Model.Topics.ContainsValue(position.Topic)) return;
            position.Model.BeginsAt(answer.Offset);
            position.Move(answer.Offset);
        });
    }

    /// <summary>Asks where a log ends for consumers, or for the first record from a time on, or for the youngest.</summary>
    private void FindEnd(Position position)
    {
        const long Latest = -1, Youngest = -3;
        long time = World.Random.Next(4) switch { 0 => Youngest, 1 => World.Clock.NowMs - World.Random.Next(2000), _ => Latest };
        long askedAt = World.Trace.Count;
        var request = new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = position.Topic.Name, Partitions = [new() { PartitionIndex = position.Partition, Timestamp = time, CurrentLeaderEpoch = -1 }] }] };
        Send<ListOffsetsResponse>(request, 7, response =>
        {
            ListOffsetsResponse.ListOffsetsPartitionResponse answer = response.Topics[0].Partitions[0];
            World.Trace.Note($"{Name} {position.Topic.Name}-{position.Partition} from {time} on is at {answer.Offset} {answer.ErrorCode}");
            if (answer.ErrorCode != ErrorCode.None || World.Model.Find(position.Model) is null) return;
            World.Durability.EndTold(position.Model, time == Latest ? answer.Offset : answer.Offset + 1, askedAt);
            if (time == Latest) position.Model.ToldEnd(answer.Offset, askedAt, World.Trace.Count);
            if (time == Latest && World.Random.Next(4) == 0 && answer.Offset >= position.Offset) position.Move(answer.Offset);
        });
    }

    private sealed class Position(TopicModel topic, int partition)
    {
        public TopicModel Topic { get; } = topic;

        public int Partition { get; } = partition;

        /// <summary>What is known of the partition.</summary>
        public PartitionModel Model => Topic.Partitions[Partition];

        /// <summary>Where the consumer stands.</summary>
        public long Offset { get; private set; }

        /// <summary>How often the partition's end had been cut when the consumer came to stand there.</summary>
        public int CutsBefore { get; private set; }

        /// <summary>How much it was to be sent of the partition at most.</summary>
        public int MaxBytes { get; set; }

        /// <summary>Whether its session knows the partition.</summary>
        public bool IsInSession { get; set; }

        /// <summary>The offset that its session knows.</summary>
        public long ToldOffset { get; set; }

        /// <summary>The consumer goes on from an offset.</summary>
        public void Move(long offset) => (Offset, CutsBefore) = (offset, Model.Cuts);
    }
}
