using System.Collections.Concurrent;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Cluster;

/// <summary>The connections of one client and what it knows of its cluster. Safe for use by many at once.</summary>
internal sealed class ClusterClient : IAsyncDisposable
{
    private readonly ClientOptions _options;
    private readonly IReadOnlyList<BrokerAddress> _bootstrap;
    private readonly NodeConnection _any;
    private readonly ConcurrentDictionary<(int Node, ConnectionUse Use), NodeConnection> _nodes = [];
    private readonly Lock _viewLock = new();
    private ClusterView _view = ClusterView.Empty;
    private int _firstBootstrap;

    public ClusterClient(ClientOptions options)
    {
        _options = options;
        _bootstrap = BrokerAddress.ParseList(options.BootstrapServers);
        _any = new NodeConnection(options);
    }

    /// <summary>What is known now.</summary>
    public ClusterView View => Volatile.Read(ref _view);

    /// <summary>A live connection to any broker: the last one while it works, else a bootstrap address or a broker that was known.</summary>
    /// <exception cref="BrokerUnreachableException">None of the addresses answered; the message has the reason of each.</exception>
    public Task<KafkaConnection> AnyAsync(CancellationToken cancellation)
    {
        if (_any.OpenNow is { } open) return Task.FromResult(open);
        // Another address first each time, so that a broker that accepts and then breaks off does not hold the client.
        int first = Interlocked.Increment(ref _firstBootstrap) - 1;
        var addresses = new List<BrokerAddress>();
        for (int i = 0; i < _bootstrap.Count; i++) addresses.Add(_bootstrap[(first + i) % _bootstrap.Count]);
        addresses.AddRange(View.Brokers.Values.Where(b => !addresses.Contains(b)));
        return _any.GetAsync(addresses, cancellation);
    }

    /// <summary>The connection to a node for a use, when it is open now.</summary>
    public KafkaConnection? OpenNow(int node, ConnectionUse use) => _nodes.TryGetValue((node, use), out NodeConnection? connection) ? connection.OpenNow : null;

    /// <summary>A live connection to a node.</summary>
    /// <exception cref="BrokerUnreachableException">It does not answer, or nobody has told its address.</exception>
    public Task<KafkaConnection> NodeAsync(int node, ConnectionUse use, CancellationToken cancellation)
    {
        if (!View.Brokers.TryGetValue(node, out BrokerAddress address)) throw new BrokerUnreachableException($"node {node} is not among the brokers of the cluster");
        return _nodes.GetOrAdd((node, use), _ => new NodeConnection(_options)).GetAsync([address], cancellation);
    }

    /// <summary>Asks any broker about topics.</summary>
    /// <param name="topics">Their names; null for all.</param>
    /// <param name="createMissing">Whether a broker that is set up so may create those that do not exist.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public async Task<ClusterView> RefreshAsync(IReadOnlyCollection<string>? topics, bool createMissing, CancellationToken cancellation)
    {
        KafkaConnection connection = await AnyAsync(cancellation).ConfigureAwait(false);
        var request = new MetadataRequest
        {
            Topics = topics is null ? null : [.. topics.Select(name => new MetadataRequest.MetadataRequestTopic { Name = name })],
            AllowAutoTopicCreation = createMissing,
        };
        MetadataResponse response = await connection.SendAsync(request, cancellation).ConfigureAwait(false);
        KafkaException.ThrowIfError(response.ErrorCode, null, "asking for metadata");
        lock (_viewLock)
        {
            ClusterView next = _view.With(response, topics is null, _options.Clock.GetTimestamp());
            Volatile.Write(ref _view, next);
            return next;
        }
    }

    /// <summary>The coordinator of a group, asked for each time.</summary>
    /// <exception cref="KafkaException">There is none now.</exception>
    public async Task<int> FindGroupCoordinatorAsync(string group, CancellationToken cancellation)
    {
        KafkaConnection connection = await AnyAsync(cancellation).ConfigureAwait(false);
        short version = connection.VersionFor(ApiKey.FindCoordinator);
        var request = new FindCoordinatorRequest { KeyType = 0 };
        if (version >= 4) request.CoordinatorKeys = [group];
        else request.Key = group;
        FindCoordinatorResponse response = await connection.SendAsync(request, version, cancellation).ConfigureAwait(false);
        if (version >= 4)
        {
            FindCoordinatorResponse.Coordinator found = response.Coordinators.Single();
            KafkaException.ThrowIfError(found.ErrorCode, found.ErrorMessage, $"finding the coordinator of group '{group}'");
            return await Known(found.NodeId, cancellation).ConfigureAwait(false);
        }

        KafkaException.ThrowIfError(response.ErrorCode, response.ErrorMessage, $"finding the coordinator of group '{group}'");
        return await Known(response.NodeId, cancellation).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _any.DisposeAsync().ConfigureAwait(false);
        foreach (NodeConnection node in _nodes.Values) await node.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<int> Known(int node, CancellationToken cancellation)
    {
        if (!View.Brokers.ContainsKey(node)) await RefreshAsync([], createMissing: false, cancellation).ConfigureAwait(false);
        return node;
    }
}
