namespace Sluice.Client.Consuming;

/// <summary>Is told which partitions a member of a group gets and gives up. Called during <see cref="Consumer.PollAsync"/>, which goes on when the call is done.</summary>
public interface IRebalanceListener
{
    /// <summary>These partitions are new; seeking in them is allowed here.</summary>
    ValueTask OnAssignedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation);

    /// <summary>These are given up, and still belong to this member during the call: it is the time to commit.</summary>
    ValueTask OnRevokedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation);

    /// <summary>These are gone already, because the member was too slow: others may be reading them, and a commit would be refused.</summary>
    ValueTask OnLostAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation) => OnRevokedAsync(partitions, cancellation);
}
