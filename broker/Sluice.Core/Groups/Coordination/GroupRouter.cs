using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Groups.Coordination;

/// <summary>Brings questions about groups to the shards that hold them.</summary>
internal static class GroupRouter
{
    /// <summary>Asks the coordinator of one group, and answers the client with what it says.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="shard">The shard that got the request.</param>
    /// <param name="client">The request.</param>
    /// <param name="groupId">The group.</param>
    /// <param name="refuse">Makes the answer of a coordinator that is not there, or not yet.</param>
    /// <param name="ask">Asks the coordinator, on its shard.</param>
    public static void Ask<T>(Shard shard, RequestContext client, string groupId, Func<ErrorCode, T> refuse, Action<GroupCoordinator, IAnswer<T>> ask)
        where T : class, IMessage => Ask(shard, groupId, refuse, ask, client.Respond);

    /// <summary>Asks the coordinator of one group.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="shard">The shard that got the request.</param>
    /// <param name="groupId">The group.</param>
    /// <param name="refuse">Makes the answer of a coordinator that is not there, or not yet.</param>
    /// <param name="ask">Asks the coordinator, on its shard.</param>
    /// <param name="done">Takes the answer, on <paramref name="shard"/>.</param>
    public static void Ask<T>(Shard shard, string groupId, Func<ErrorCode, T> refuse, Action<GroupCoordinator, IAnswer<T>> ask, Action<T> done)
        where T : class
    {
        if (shard.Image.Topics.ByName(OffsetsTopic.Name) is not { } topic)
        {
            done(refuse(ErrorCode.NotCoordinator));
            return;
        }
        int partition = GroupPartitioner.PartitionOf(groupId, topic.Partitions.Length);
        new GroupCall<T>(shard.Index, partition, refuse, ask, done).Start(shard, shard.OwnerOf(topic.Id, partition));
    }

    /// <summary>Asks the coordinators of several groups, or of the same one several times, and goes on when all have answered.</summary>
    /// <typeparam name="TKey">What is asked of one group.</typeparam>
    /// <typeparam name="T">The answer of one group.</typeparam>
    /// <param name="shard">The shard that got the request.</param>
    /// <param name="asked">What is asked.</param>
    /// <param name="groupId">The group of each.</param>
    /// <param name="refuse">Makes the answer of a coordinator that is not there, or not yet.</param>
    /// <param name="ask">Asks the coordinator, on its shard.</param>
    /// <param name="done">Takes the answers in the order of the questions, on <paramref name="shard"/>.</param>
    public static void AskAll<TKey, T>(
        Shard shard, IReadOnlyList<TKey> asked, Func<TKey, string> groupId, Func<TKey, ErrorCode, T> refuse, Action<TKey, GroupCoordinator, IAnswer<T>> ask, Action<T[]> done)
        where T : class
    {
        var answers = new T[asked.Count];
        int pending = asked.Count + 1;
        for (int i = 0; i < asked.Count; i++)
        {
            int at = i;
            TKey key = asked[i];
            Ask(shard, groupId(key), error => refuse(key, error), (coordinator, answer) => ask(key, coordinator, answer), answer => Take(at, answer));
        }
        if (--pending == 0) done(answers);

        void Take(int at, T answer)
        {
            answers[at] = answer;
            if (--pending == 0) done(answers);
        }
    }

    /// <summary>Asks every coordinator of the node.</summary>
    /// <typeparam name="T">The answer of one.</typeparam>
    /// <param name="shard">The shard that got the request.</param>
    /// <param name="refuse">Makes the answer of a coordinator that is not there, or not yet.</param>
    /// <param name="ask">Asks the coordinator, on its shard.</param>
    /// <param name="done">Takes the answers by partition, on <paramref name="shard"/>.</param>
    public static void AskEvery<T>(Shard shard, Func<ErrorCode, T> refuse, Action<GroupCoordinator, IAnswer<T>> ask, Action<T[]> done)
        where T : class
    {
        TopicImage? topic = shard.Image.Topics.ByName(OffsetsTopic.Name);
        int[] led = topic is null ? [] : [.. topic.Partitions.Where(p => p.Leader == shard.Node.NodeId).Select(p => p.Id)];
        var answers = new T[led.Length];
        int pending = led.Length + 1;
        for (int i = 0; i < led.Length; i++)
        {
            int at = i;
            new GroupCall<T>(shard.Index, led[i], refuse, ask, answer => Take(at, answer)).Start(shard, shard.OwnerOf(topic!.Id, led[i]));
        }
        if (--pending == 0) done(answers);

        void Take(int at, T answer)
        {
            answers[at] = answer;
            if (--pending == 0) done(answers);
        }
    }
}
