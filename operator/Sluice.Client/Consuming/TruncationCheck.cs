using Sluice.Client.Cluster;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Consuming;

/// <summary>
/// Asks new leaders whether their logs go on from where this consumer is (KIP-320): a leader that was elected without having all records
/// lacks some that were read, and has others in their place.
/// </summary>
internal sealed class TruncationCheck(ConsumerOptions options, ClusterClient cluster, Subscription subscription)
{
    /// <summary>Earlier versions may only be asked by brokers.</summary>
    private const short LeastVersion = 3;

    /// <summary>The replica id of consumers.</summary>
    private const int Consumer = -1;

    private readonly record struct Question(PartitionState State, int Generation, OffsetAndEpoch Position, PartitionView Leader);

    /// <summary>Asks about every partition that needs it; those without an answer are left as they are.</summary>
    /// <exception cref="LogTruncationException">Records are gone, and the rule for that is None.</exception>
    /// <exception cref="KafkaException">The broker refuses to tell.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        List<Question> questions = Begin();
        if (questions.Count == 0) return;
        List<KafkaException> errors = [];
        foreach (IGrouping<int, Question> leader in questions.GroupBy(q => q.Leader.Leader)) await Ask(leader.Key, [.. leader], errors, stopping).ConfigureAwait(false);
        if (errors.Count > 0) throw errors[0];
    }

    private List<Question> Begin()
    {
        ClusterView view = cluster.View;
        var questions = new List<Question>();
        lock (subscription.Lock)
        {
            foreach (PartitionState state in subscription.States)
            {
                if (view.Partition(state.Partition) is not { Leader: >= 0 } leader || !state.NeedsCheck(leader.LeaderEpoch)) continue;
                subscription.Rewind(state);
                questions.Add(new Question(state, state.Generation, state.Position!.Value, leader));
            }
        }

        return questions;
    }

    private async Task Ask(int leader, List<Question> questions, List<KafkaException> errors, CancellationToken stopping)
    {
        try
        {
            KafkaConnection connection = await cluster.NodeAsync(leader, ConnectionUse.General, stopping).ConfigureAwait(false);
            if (!Offers(connection))
            {
                lock (subscription.Lock) questions.ForEach(Pass);
                return;
            }

            OffsetForLeaderEpochResponse response = await connection.SendAsync(Request(questions), stopping).ConfigureAwait(false);
            var answers = response.Topics.SelectMany(t => t.Partitions.Select(p => (Key: new TopicPartition(t.Topic, p.Partition), Answer: p))).ToDictionary(a => a.Key, a => a.Answer);
            lock (subscription.Lock)
            {
                foreach (Question question in questions)
                {
                    if (question.State.Generation != question.Generation || !answers.TryGetValue(question.State.Partition, out OffsetForLeaderEpochResponse.EpochEndOffset? answer)) continue;
                    if (Conclude(question, answer) is { } error) errors.Add(error);
                }
            }
        }
        catch (BrokerUnreachableException)
        {
            // Asked again after metadata, which may know another leader.
        }
    }

    private static bool Offers(KafkaConnection connection)
    {
        try
        {
            return connection.VersionFor(ApiKey.OffsetForLeaderEpoch) >= LeastVersion;
        }
        catch (KafkaException e) when (e.Code == ErrorCode.UnsupportedVersion)
        {
            return false;
        }
    }

    private static OffsetForLeaderEpochRequest Request(List<Question> questions) => new()
    {
        ReplicaId = Consumer,
        Topics = [.. questions.GroupBy(q => q.State.Partition.Topic).Select(topic => new OffsetForLeaderEpochRequest.OffsetForLeaderTopic
        {
            Topic = topic.Key,
            Partitions = [.. topic.Select(q => new OffsetForLeaderEpochRequest.OffsetForLeaderPartition
            {
                Partition = q.State.Partition.Partition, CurrentLeaderEpoch = q.Leader.LeaderEpoch, LeaderEpoch = q.Position.LeaderEpoch,
            })],
        })],
    };

    /// <summary>Acts on an answer; gives the error that the program must see.</summary>
    private KafkaException? Conclude(Question question, OffsetForLeaderEpochResponse.EpochEndOffset answer)
    {
        (PartitionState state, _, OffsetAndEpoch position, PartitionView leader) = question;
        if (answer.ErrorCode != ErrorCode.None)
            return answer.ErrorCode.IsRetriable() ? null : KafkaException.For(answer.ErrorCode, null, $"asking whether the log of {state.Partition} was truncated");
        bool known = answer.EndOffset >= 0 && answer.LeaderEpoch >= 0;
        if (known && answer.EndOffset >= position.Offset)
        {
            Pass(question);
            return null;
        }

        OffsetAndEpoch? divergence = known ? new OffsetAndEpoch(answer.EndOffset, answer.LeaderEpoch) : null;
        if (options.AutoOffsetReset == AutoOffsetReset.None) return new LogTruncationException(state.Partition, position, divergence);
        state.MoveTo(divergence);
        if (known) state.CheckedEpoch = leader.LeaderEpoch;
        else state.NeedsReset = true;
        return null;
    }

    private static void Pass(Question question) => question.State.CheckedEpoch = question.Leader.LeaderEpoch;
}
