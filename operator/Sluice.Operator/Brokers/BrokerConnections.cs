using Sluice.Kubernetes.Models;

namespace Sluice.Operator.Brokers;

/// <summary>One connection to each cluster's brokers, shared by all reconcilers.</summary>
internal sealed class BrokerConnections(BrokerConnector connect, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, Connection> _connections = [];

    /// <summary>The connection to a cluster at an address. Another address than before replaces it.</summary>
    public Connection To(ObjectKey cluster, string bootstrapAddress)
    {
        Connection? old;
        Connection connection;
        lock (_lock)
        {
            if (_connections.TryGetValue(cluster, out old) && old.Address == bootstrapAddress) return old;
            IBrokerAdmin admin = connect(bootstrapAddress);
            _connections[cluster] = connection = new Connection(bootstrapAddress, admin, new TopicDescriber(admin, time));
        }
        // Nobody waits for the old connection to close; it ends by itself.
        if (old is not null) _ = old.Admin.DisposeAsync().AsTask();
        return connection;
    }

    /// <summary>Closes the connection to a cluster that is gone.</summary>
    public async Task CloseAsync(ObjectKey cluster)
    {
        Connection? connection;
        lock (_lock) _connections.Remove(cluster, out connection);
        if (connection is not null) await connection.Admin.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<Connection> all;
        lock (_lock)
        {
            all = [.. _connections.Values];
            _connections.Clear();
        }
        foreach (Connection connection in all) await connection.Admin.DisposeAsync();
    }

    /// <summary>A connection to one cluster's brokers.</summary>
    public sealed record Connection(string Address, IBrokerAdmin Admin, TopicDescriber Describer);
}
