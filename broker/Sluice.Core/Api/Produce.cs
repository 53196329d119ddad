using Sluice.Core.Producing;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;

namespace Sluice.Core.Api;

/// <summary>
/// Produce: appends record batches to partitions. <see cref="ProduceOperation"/> takes a request apart, <see cref="BatchCheck"/> says
/// which batches are refused and why, <see cref="Partitions.Partition.Append"/> is where a batch reaches the log.
/// </summary>
internal sealed class Produce() : ApiHandler(ApiKey.Produce, 3, 13)
{
    private ProduceOperations? _operations;

    /// <summary>
    /// Version 0 is told of and not answered, as in Kafka (KAFKA-18659): librdkafka up to 2.8 takes a broker without it for one that
    /// knows no compression, and silently sends uncompressed batches.
    /// </summary>
    public override short AdvertisedMinVersion => 0;

    /// <inheritdoc/>
    public override void Handle(Shard shard, RequestContext context) =>
        (_operations ??= new ProduceOperations(shard.Host.ShardCount)).Rent().Start(shard, context);
}
