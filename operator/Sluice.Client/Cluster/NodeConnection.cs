namespace Sluice.Client.Cluster;

/// <summary>What a connection is for: a request that the broker holds back must not keep others waiting, whose answers would come after its own.</summary>
internal enum ConnectionUse
{
    /// <summary>Metadata, changes, offsets.</summary>
    General,

    /// <summary>Produce and Fetch.</summary>
    Data,

    /// <summary>The heartbeats and commits of a group.</summary>
    Coordinator,

    /// <summary>JoinGroup and SyncGroup, which wait for other members.</summary>
    Membership,
}

/// <summary>One connection to one node for one use: made when first needed, made anew when broken, not oftener than the back-off allows.</summary>
internal sealed class NodeConnection(ClientOptions options) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Backoff _backoff = Backoff.Of(options);
    private volatile KafkaConnection? _current;
    private int _failures;
    private long _notBefore = long.MinValue;

    /// <summary>The connection when it is open now; never waits.</summary>
    public KafkaConnection? OpenNow => _current is { IsOpen: true } open ? open : null;

    /// <summary>The open connection, or a new one to the first of the addresses that answers.</summary>
    /// <exception cref="BrokerUnreachableException">None answers; the message has the reason of each.</exception>
    public async Task<KafkaConnection> GetAsync(IReadOnlyList<BrokerAddress> addresses, CancellationToken cancellation)
    {
        if (OpenNow is { } ready) return ready;
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (OpenNow is { } open) return open;
            if (_current is { } broken) await broken.DisposeAsync().ConfigureAwait(false);
            _current = null;
            await WaitForBackoff(cancellation).ConfigureAwait(false);
            KafkaConnection connection = await ConnectToFirst(addresses, cancellation).ConfigureAwait(false);
            _failures = 0;
            return _current = connection;
        }
        catch (BrokerUnreachableException)
        {
            _failures++;
            _notBefore = options.Clock.GetTimestamp() + (long)(_backoff.After(_failures).TotalSeconds * options.Clock.TimestampFrequency);
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_current is { } connection) await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task WaitForBackoff(CancellationToken cancellation)
    {
        if (_failures == 0) return;
        TimeSpan wait = options.Clock.GetElapsedTime(options.Clock.GetTimestamp(), _notBefore);
        if (wait > TimeSpan.Zero) await Task.Delay(wait, options.Clock, cancellation).ConfigureAwait(false);
    }

    private async Task<KafkaConnection> ConnectToFirst(IReadOnlyList<BrokerAddress> addresses, CancellationToken cancellation)
    {
        var reasons = new List<string>();
        foreach (BrokerAddress address in addresses)
        {
            try
            {
                return await KafkaConnection.ConnectAsync(address, options, cancellation).ConfigureAwait(false);
            }
            catch (BrokerUnreachableException e)
            {
                reasons.Add(e.Message);
            }
        }

        throw new BrokerUnreachableException($"no broker of '{string.Join(',', addresses)}' can be reached: {string.Join("; ", reasons)}");
    }
}
