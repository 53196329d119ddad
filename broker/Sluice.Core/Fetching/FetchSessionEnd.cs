using Sluice.Core.Api;
using Sluice.Core.Shards;
using Sluice.Protocol;

namespace Sluice.Core.Fetching;

/// <summary>Ends a fetch session on the shard that holds it: its client has reconnected to another shard and begun anew.</summary>
internal sealed class FetchSessionEnd(int sessionId) : ShardTask
{
    /// <inheritdoc/>
    public override void Run(Shard shard)
    {
        if (shard.Apis.Find(ApiKey.Fetch) is Fetch fetch) fetch.Sessions(shard).Remove(sessionId);
    }
}
