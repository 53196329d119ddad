using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Changes;

/// <summary>Hands a broker a block of producer ids, which no other broker and no later start of this one is given again.</summary>
internal static class AllocateProducerIdsChange
{
    /// <summary>Ids in a block: a start of the broker loses at most this many of 2^63.</summary>
    public const int BlockIds = 1000;

    /// <summary>The answer is the first id of the block.</summary>
    public static ChangeResult<long> Compute(ChangeScope scope, int brokerId)
    {
        long first = scope.Image.NextProducerId;
        long epoch = scope.Image.Brokers.Find(brokerId)?.Epoch ?? -1;
        return new([new(new ProducerIdsRecord { BrokerId = brokerId, BrokerEpoch = epoch, NextProducerId = checked(first + BlockIds) })], first);
    }
}
