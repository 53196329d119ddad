using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

internal static class FetchCases
{
    public static IEnumerable<Case> All => [.. Offsets(), .. Places(), .. Sessions()];

    private static IEnumerable<Case> Offsets()
    {
        yield return Of("from the start");
        foreach (long offset in new[] { -1L, 1, 11, 12, 13, 1000, long.MaxValue, long.MinValue }) yield return Of($"at offset {offset}", offset: offset);
        yield return Of("records that the broker compressed", topic: "gzip");
        yield return Of("records that the broker gave times", topic: "append-time");
        yield return Of("an empty partition", topic: "empty");
        yield return Of("a limit of 1 byte", partitionBytes: 1);
        yield return Of("a limit of 0 bytes", partitionBytes: 0);
        yield return Of("a negative limit", partitionBytes: -1);
        yield return Of("a limit of two batches", partitionBytes: 170);
        yield return Of("a limit of the request of 1 byte", maxBytes: 1);
        yield return Of("a limit of the request of 0 bytes", maxBytes: 0);
        yield return Of("a negative limit of the request", maxBytes: -1);
        yield return Of("a wait that ends without enough bytes", minBytes: 1_000_000);
        yield return Of("a negative wait", wait: -1, minBytes: 1_000_000);
        yield return Of("negative least bytes", minBytes: -5);
        yield return Of("what is committed", isolation: 1);
        yield return Of("an unknown isolation level", isolation: 9);
    }

    private static IEnumerable<Case> Places()
    {
        yield return Of("an unknown topic", topic: "nowhere-at-all");
        yield return Of("an unknown partition", partition: 9);
        yield return Of("a negative partition", partition: -1);
        yield return Of("an empty name", topic: "", to: 12);
        yield return Of("a later epoch", epoch: 7, from: 9);
        yield return Of("the current epoch", epoch: 0, from: 9);
        yield return Of("last epoch that is known", offset: 3, last: 0, from: 12);
        yield return Of("last epoch that is not known", offset: 3, last: 5, from: 12);
        yield return Of("last epoch at an offset beyond the end", offset: 1000, last: 0, from: 12);
        yield return new(ApiKey.Fetch, "the zero id", (_, _) => Request(Topic(Uuid.Zero, "", (0, 0)))) { From = 13 };
        yield return new(ApiKey.Fetch, "no topics", (_, _) => Request());
        yield return new(ApiKey.Fetch, "no partitions", (world, v) => Request(Topic(world, v, "times")));
        yield return new(ApiKey.Fetch, "a partition twice", (world, v) => Request(Topic(world, v, "times", (0, 0), (0, 2))));
        yield return new(ApiKey.Fetch, "several topics, good and bad", (world, v) => Request(Topic(world, v, "times", (0, 0)), Topic(world, v, "small", (0, 0), (9, 0)), Topic(world, v, "nowhere-at-all", (0, 0)), Topic(world, v, "compacted", (0, 1000))));
        yield return new(ApiKey.Fetch, "as a follower", (world, v) => Replica(Request(Topic(world, v, "times", (0, 0))), v, 2));
    }

    private static IEnumerable<Case> Sessions()
    {
        yield return Session("a session that is not there", 12345, 1);
        yield return Session("session 0 in the middle", 0, 5);
        yield return Session("a negative session epoch", 12345, -7);
        yield return Session("the end of a session that is not there", 12345, -1);
        yield return new(ApiKey.Fetch, "a new session", (world, v) => InSession(Request(Topic(world, v, "times", (0, 0))), 0, 0)) { From = 7, Then = (world, v, r) => world.Kept[$"session {v}"] = ((FetchResponse)r).SessionId };
        yield return new(ApiKey.Fetch, "the next fetch of a session", (world, v) => InSession(Request(), (int)world.Kept[$"session {v}"], 1)) { From = 7 };
        yield return new(ApiKey.Fetch, "a session's epoch again", (world, v) => InSession(Request(), (int)world.Kept[$"session {v}"], 1)) { From = 7 };
        yield return new(ApiKey.Fetch, "another topic in a session", (world, v) => InSession(Request(Topic(world, v, "small", (0, 0))), (int)world.Kept[$"session {v}"], 2)) { From = 7 };
        yield return new(ApiKey.Fetch, "a topic forgotten by a session", (world, v) => Forget(InSession(Request(), (int)world.Kept[$"session {v}"], 3), world, v, "times")) { From = 7 };
        yield return new(ApiKey.Fetch, "the end of a session", (world, v) => InSession(Request(), (int)world.Kept[$"session {v}"], -1)) { From = 7 };
        yield return new(ApiKey.Fetch, "an ended session", (world, v) => InSession(Request(), (int)world.Kept[$"session {v}"], 4)) { From = 7 };
    }

    private static Case Session(string name, int id, int epoch) => new(ApiKey.Fetch, name, (world, v) => InSession(Request(Topic(world, v, "times", (0, 0))), id, epoch)) { From = 7 };

    private static Case Of(
        string name, string topic = "times", int partition = 0, long offset = 0, int epoch = -1, int last = -1, sbyte isolation = 0, int partitionBytes = 1 << 20,
        int maxBytes = 1 << 20, int minBytes = 0, int wait = 100, short from = 4, short to = 18) => new(
        ApiKey.Fetch, name, (world, v) =>
        {
            FetchRequest.FetchTopic asked = Topic(world, v, topic, (partition, offset));
            asked.Partitions[0].CurrentLeaderEpoch = epoch;
            asked.Partitions[0].LastFetchedEpoch = last;
            asked.Partitions[0].PartitionMaxBytes = partitionBytes;
            FetchRequest request = Request(asked);
            request.IsolationLevel = isolation;
            request.MaxBytes = maxBytes;
            request.MinBytes = minBytes;
            request.MaxWaitMs = wait;
            return request;
        }) { From = from, To = to };

    private static FetchRequest Request(params FetchRequest.FetchTopic[] topics) => new() { MaxWaitMs = 100, MinBytes = 0, MaxBytes = 1 << 20, SessionEpoch = -1, Topics = [.. topics] };

    private static FetchRequest Replica(FetchRequest request, short version, int id)
    {
        if (version < 15) request.ReplicaId = id;
        else request.ReplicaState = new() { ReplicaId = id, ReplicaEpoch = 1 };
        return request;
    }

    private static FetchRequest InSession(FetchRequest request, int id, int epoch)
    {
        request.SessionId = id;
        request.SessionEpoch = epoch;
        return request;
    }

    private static FetchRequest Forget(FetchRequest request, World world, short version, string topic)
    {
        request.ForgottenTopicsData = [new() { Topic = version < 13 ? topic : "", TopicId = version < 13 ? Uuid.Zero : world.Id(topic), Partitions = [0] }];
        return request;
    }

    private static FetchRequest.FetchTopic Topic(World world, short version, string name, params (int, long)[] partitions) =>
        Topic(version < 13 ? Uuid.Zero : world.Id(name) is { } id && id != Uuid.Zero ? id : new Uuid(77, 77), version < 13 ? name : "", partitions);

    private static FetchRequest.FetchTopic Topic(Uuid id, string name, params (int Index, long Offset)[] partitions) => new()
    {
        Topic = name,
        TopicId = id,
        Partitions = [.. partitions.Select(p => new FetchRequest.FetchPartition { Partition = p.Index, FetchOffset = p.Offset, PartitionMaxBytes = 1 << 20 })],
    };
}
