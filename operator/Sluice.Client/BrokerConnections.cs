namespace Sluice.Client;

/// <summary>The open connections of one client: made when first needed, made anew when broken.</summary>
internal sealed class BrokerConnections(ClientOptions options) : IAsyncDisposable
{
    private readonly IReadOnlyList<BrokerAddress> _bootstrap = BrokerAddress.ParseList(options.BootstrapServers);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private KafkaConnection? _current;
    private int _next;

    /// <summary>A live connection to any broker: the last one while it works, else the first bootstrap address that answers.</summary>
    /// <exception cref="BrokerUnreachableException">None of the addresses answered; the message has the reason of each.</exception>
    public async Task<KafkaConnection> AnyAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_current is { IsOpen: true } open) return open;
            if (_current is not null) await _current.DisposeAsync().ConfigureAwait(false);
            _current = null;
            return _current = await ConnectToFirst(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_current is not null) await _current.DisposeAsync().ConfigureAwait(false);
        _gate.Dispose();
    }

    private async Task<KafkaConnection> ConnectToFirst(CancellationToken cancellation)
    {
        var reasons = new List<string>();
        for (int i = 0; i < _bootstrap.Count; i++)
        {
            BrokerAddress address = _bootstrap[(_next + i) % _bootstrap.Count];
            try
            {
                KafkaConnection connection = await KafkaConnection.ConnectAsync(address, options, cancellation).ConfigureAwait(false);
                _next = (_next + i) % _bootstrap.Count;
                return connection;
            }
            catch (BrokerUnreachableException e)
            {
                reasons.Add(e.Message);
            }
        }

        throw new BrokerUnreachableException($"no broker of '{options.BootstrapServers}' can be reached: {string.Join("; ", reasons)}");
    }
}
