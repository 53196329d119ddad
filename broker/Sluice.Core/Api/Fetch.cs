using Sluice.Core.Fetching;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;

namespace Sluice.Core.Api;

/// <summary>
/// Fetch: records from partitions, by sendfile from their segment files. All of an answer's steps are in <see cref="FetchOperation"/>;
/// its sessions in <see cref="FetchSessionCache"/>.
/// </summary>
internal sealed class Fetch() : ApiHandler(ApiKey.Fetch, 4, 18)
{
    private FetchOperations? _operations;

    /// <inheritdoc/>
    public override void Handle(Shard shard, RequestContext context) => Operations(shard).Rent().Start(shard, context);

    /// <summary>The shard's fetch sessions.</summary>
    public FetchSessionCache Sessions(Shard shard) => Operations(shard).Sessions;

    private FetchOperations Operations(Shard shard)
    {
        if (_operations is not null) return _operations;
        int shards = shard.Host.ShardCount;
        int slots = Math.Max(1, shard.Node.Limits.FetchSessionSlots / shards);
        return _operations = new FetchOperations(new FetchSessionCache(slots, shard.Index, shards, shard.Host.Random), shards);
    }
}
