using Sluice.Client.Cluster;

namespace Sluice.Client.Producing;

/// <summary>Keeps the sender's picture of leaders fresh: now and then by age, and at once, with a back-off, when something does not fit.</summary>
internal sealed class MetadataKeeper(ProducerOptions options, ClusterClient cluster, TopicTable topics, Action<Action> post, CancellationToken stopping)
{
    private readonly Backoff _backoff = Backoff.Of(options);
    private bool _wanted;
    private bool _running;
    private int _attempts;
    private long _notBeforeMs;
    private long _refreshedAtMs;

    /// <summary>Something does not fit what is known.</summary>
    public void Want() => _wanted = true;

    /// <summary>Asks when it is time to; gives the time of the next question.</summary>
    public long Tick(long now)
    {
        if (_running) return long.MaxValue;
        long due = _wanted ? _notBeforeMs : _refreshedAtMs + (long)options.MetadataMaxAge.TotalMilliseconds;
        if (due > now) return due;
        if (!_wanted) _attempts = 0;
        _wanted = false;
        _running = true;
        // The first question goes at once; those that follow quickly wait longer and longer.
        _attempts = now - _refreshedAtMs > (long)options.RetryBackoffMax.TotalMilliseconds * 2 ? 1 : _attempts + 1;
        _notBeforeMs = now + (long)_backoff.After(_attempts).TotalMilliseconds;
        _ = Refresh(now);
        return long.MaxValue;
    }

    private async Task Refresh(long now)
    {
        try
        {
            ClusterView view = await cluster.RefreshAsync(topics.Names, createMissing: false, stopping).ConfigureAwait(false);
            topics.Update(view);
            post(() => (_running, _refreshedAtMs) = (false, now));
        }
        catch (Exception e) when (e is BrokerUnreachableException or KafkaException)
        {
            post(() => (_running, _wanted) = (false, true));
        }
        catch (OperationCanceledException)
        {
            // The producer is closed.
        }
    }
}
