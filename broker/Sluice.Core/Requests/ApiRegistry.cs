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
    private const long FailureLogPeriodMs = 100;

    private readonly ApiHandler?[] _byKey;
    private long _failureLoggedAtMs = long.MinValue / 2;

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
        new DeleteRecords(),
        new InitProducerId(),
        new OffsetForLeaderEpoch(),
        new DescribeAcls(),
        new CreateAcls(),
        new DeleteAcls(),
        new DescribeConfigs(),
        new AlterConfigs(),
        new DescribeLogDirs(),
        new CreatePartitions(),
        new DeleteGroups(),
        new ElectLeaders(),
        new IncrementalAlterConfigs(),
        new AlterPartitionReassignments(),
        new ListPartitionReassignments(),
        new OffsetDelete(),
        new DescribeClientQuotas(),
        new AlterClientQuotas(),
        new DescribeUserScramCredentials(),
        new DescribeQuorum(),
        new UpdateFeatures(),
        new DescribeCluster(),
        new DescribeProducers(),
        new ListConfigResources(),
        new DescribeTopicPartitions());

    /// <summary>The handler of an API; null when the broker does not answer it.</summary>
    public ApiHandler? Find(ApiKey key) => (uint)key < (uint)_byKey.Length ? _byKey[(int)key] : null;

    /// <summary>Gives a request to its handler, and turns what handlers throw into what the client sees.</summary>
    internal void Dispatch(Shard shard, RequestContext context)
    {
        if (Find(context.Key) is not { } handler)
        {
            context.CloseConnection($"{context.Key} ({(short)context.Key}) is not supported. {ApiCatalog.WhyRefused(context.Key)}".TrimEnd());
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
        catch (Exception e) when (e is not InvariantException and not HaltedException && !context.ChangesState)
        {
            // Handlers turn what can go wrong in operation into error codes. What arrives here is a bug that a request has found; nothing
            // but the request has suffered, and whoever sent it must not be able to end the broker with it.
            string failure = Describe(context, e);
            LogFailure(shard, failure, e);
            context.Fail(failure);
        }
        catch (Exception e) when (e is not HaltedException)
        {
            shard.Host.Halt($"{Describe(context, e)}; state may be half changed", e);
        }
    }

    /// <summary>Tells the log of a request that found a bug; of many at a time, of some.</summary>
    /// <param name="shard">The shard that serves the request.</param>
    /// <param name="failure">What failed for whom.</param>
    /// <param name="error">The bug.</param>
    public void LogFailure(Shard shard, string failure, Exception error)
    {
        if (shard.MonotonicMs - _failureLoggedAtMs < FailureLogPeriodMs) return;
        _failureLoggedAtMs = shard.MonotonicMs;
        shard.Host.Log(LogSeverity.Error, failure, error);
    }

    private static string Describe(RequestContext context, Exception error) =>
        $"{context.Key} version {context.Version} of client {context.ClientId} at {context.Connection.ClientHost} failed with {error.GetType().Name}: {error.Message}";
}
