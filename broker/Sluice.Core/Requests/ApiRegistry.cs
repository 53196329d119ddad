using Sluice.Core.Api;
using Sluice.Core.Shards;
using Sluice.Protocol;

namespace Sluice.Core.Requests;

/// <summary>
/// The one table of what the broker answers: API key to handler with its versions. ApiVersions answers from it, so what is advertised
/// is what works.
/// </summary>
public sealed class ApiRegistry
{
    private readonly ApiHandler?[] _byKey;

    /// <summary>A registry of the given handlers, no two of them for the same API.</summary>
    public ApiRegistry(params ReadOnlySpan<ApiHandler> handlers)
    {
        int keys = 0;
        foreach (ApiHandler handler in handlers) keys = Math.Max(keys, (int)handler.Key + 1);
        _byKey = new ApiHandler?[keys];
        foreach (ApiHandler handler in handlers)
        {
            Invariant.Check(_byKey[(int)handler.Key] is null, $"{handler.Key} has two handlers");
            _byKey[(int)handler.Key] = handler;
        }
        Handlers = [.. handlers];
    }

    /// <summary>The handlers, in the order of the table.</summary>
    public IReadOnlyList<ApiHandler> Handlers { get; }

    /// <summary>The table. A new API is one file in <c>Api/</c> and one line here.</summary>
    public static ApiRegistry Create() => new(
        new Produce(),
        new Fetch(),
        new ListOffsets(),
        new MetadataApi(),
        new OffsetCommit(),
        new OffsetFetch(),
        new FindCoordinator(),
        new JoinGroup(),
        new Heartbeat(),
        new LeaveGroup(),
        new SyncGroup(),
        new DescribeGroups(),
        new ListGroups(),
        new ApiVersions(),
        new CreateTopics(),
        new DeleteTopics(),
        new InitProducerId(),
        new DescribeConfigs(),
        new AlterConfigs(),
        new CreatePartitions(),
        new DeleteGroups(),
        new IncrementalAlterConfigs(),
        new OffsetDelete(),
        new DescribeCluster(),
        new DescribeTopicPartitions());

    /// <summary>The handler of an API; null when the broker does not answer it.</summary>
    public ApiHandler? Find(ApiKey key) => (uint)key < (uint)_byKey.Length ? _byKey[(int)key] : null;

    /// <summary>Gives a request to its handler, and turns what handlers throw into what the client sees.</summary>
    internal void Dispatch(Shard shard, RequestContext context)
    {
        if (Find(context.Key) is not { } handler)
        {
            context.CloseConnection($"API key {(short)context.Key} is not supported");
            return;
        }
        if (context.Version < handler.MinVersion || context.Version > handler.MaxVersion)
        {
            handler.HandleUnsupportedVersion(shard, context);
            return;
        }
        try
        {
            handler.Handle(shard, context);
        }
        catch (ProtocolException e)
        {
            context.CloseConnection(e.Message);
        }
        catch (Exception e)
        {
            // Handlers turn what can go wrong in operation into error codes. What arrives here is a bug, and state may be half changed.
            shard.Host.Halt($"{context.Key} version {context.Version} of client {context.ClientId} failed: {e.Message}", e);
        }
    }
}
