using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Consuming;

/// <summary>What is wanted of one partition.</summary>
internal readonly record struct FetchWish(TopicPartition Partition, Uuid TopicId, long Offset, int LeaderEpoch, int BytesMax);

/// <summary>
/// The fetch session with one broker (KIP-227): the broker remembers the partitions, so that a request names only those that
/// changed and an answer only those with news.
/// </summary>
internal sealed class FetchSession
{
    private const int FinalEpoch = -1;

    private readonly Dictionary<TopicPartition, FetchWish> _known = [];
    private int _id;
    private int _epoch;

    /// <summary>Partitions that the broker is asked about.</summary>
    public IReadOnlyCollection<TopicPartition> Partitions => _known.Keys;

    /// <summary>Fills a request so that the broker afterwards knows these wishes and no others.</summary>
    public void Fill(FetchRequest request, short version, IReadOnlyDictionary<TopicPartition, FetchWish> wishes)
    {
        request.SessionId = _id;
        request.SessionEpoch = _epoch;
        bool full = _epoch == 0;
        if (full) _known.Clear();
        // A topic that was deleted and made again has another id: the broker must forget the old one.
        List<FetchWish> gone = [.. _known.Values.Where(k => !wishes.TryGetValue(k.Partition, out FetchWish wish) || wish.TopicId != k.TopicId)];
        var topics = new Dictionary<string, FetchRequest.FetchTopic>();
        foreach (FetchWish wish in wishes.Values)
        {
            if (!full && _known.TryGetValue(wish.Partition, out FetchWish known) && known == wish) continue;
            if (!topics.TryGetValue(wish.Partition.Topic, out FetchRequest.FetchTopic? topic)) topics[wish.Partition.Topic] = topic = NewTopic(wish, version);
            topic.Partitions.Add(new FetchRequest.FetchPartition
            {
                Partition = wish.Partition.Partition, FetchOffset = wish.Offset, CurrentLeaderEpoch = wish.LeaderEpoch, PartitionMaxBytes = wish.BytesMax,
            });
        }

        request.Topics = [.. topics.Values];
        request.ForgottenTopicsData = [.. gone.GroupBy(g => (g.Partition.Topic, g.TopicId)).Select(g => Forgotten(g.Key.Topic, g.Key.TopicId, version, g))];
        foreach (FetchWish wish in gone) _known.Remove(wish.Partition);
        foreach (FetchWish wish in wishes.Values) _known[wish.Partition] = wish;
    }

    /// <summary>Takes note of the broker's answer.</summary>
    public void Answered(FetchResponse response)
    {
        if (response.ErrorCode != ErrorCode.None)
        {
            Reset();
            return;
        }

        _id = response.SessionId;
        // Without a session (id 0) each request stands for itself.
        _epoch = _id == 0 ? 0 : _epoch == int.MaxValue ? 1 : _epoch + 1;
    }

    /// <summary>Begins anew: the connection broke or the broker forgot the session.</summary>
    public void Reset()
    {
        _id = 0;
        _epoch = 0;
        _known.Clear();
    }

    /// <summary>Whether the broker keeps a session that should be ended.</summary>
    public bool IsOpen => _id != 0;

    /// <summary>A request that ends the session.</summary>
    public FetchRequest Final() => new() { SessionId = _id, SessionEpoch = FinalEpoch, MaxWaitMs = 0, MinBytes = 0, MaxBytes = 0 };

    private static FetchRequest.FetchTopic NewTopic(FetchWish wish, short version) =>
        version >= Fetcher.TopicIdVersion ? new FetchRequest.FetchTopic { TopicId = wish.TopicId } : new FetchRequest.FetchTopic { Topic = wish.Partition.Topic };

    private static FetchRequest.ForgottenTopic Forgotten(string name, Uuid id, short version, IEnumerable<FetchWish> wishes)
    {
        var topic = new FetchRequest.ForgottenTopic { Partitions = [.. wishes.Select(w => w.Partition.Partition)] };
        if (version >= Fetcher.TopicIdVersion) topic.TopicId = id;
        else topic.Topic = name;
        return topic;
    }
}
