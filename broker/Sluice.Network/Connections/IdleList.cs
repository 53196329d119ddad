namespace Sluice.Network.Connections;

/// <summary>
/// Connections in the order of their last activity, linked through themselves. A busy connection moves only once in a
/// sixteenth of the idle time, so that activity costs a comparison.
/// </summary>
internal sealed class IdleList
{
    private Connection? _oldest;
    private Connection? _newest;

    /// <summary>When the oldest entry is due; <see cref="long.MaxValue"/> when nothing can be.</summary>
    internal long NextDeadlineMs(long idleMsMax) =>
        _oldest is null || idleMsMax <= 0 ? long.MaxValue : _oldest.ListedAtMs + idleMsMax;

    internal void Add(Connection connection, long nowMs)
    {
        connection.ListedAtMs = nowMs;
        connection.IsListed = true;
        connection.OlderInList = _newest;
        connection.NewerInList = null;
        if (_newest is null) _oldest = connection;
        else _newest.NewerInList = connection;
        _newest = connection;
    }

    internal void Touch(Connection connection, long nowMs, long idleMsMax)
    {
        if (!connection.IsListed || nowMs - connection.ListedAtMs < idleMsMax / 16) return;
        Remove(connection);
        Add(connection, nowMs);
    }

    internal void Remove(Connection connection)
    {
        if (!connection.IsListed) return;
        connection.IsListed = false;
        if (connection.OlderInList is null) _oldest = connection.NewerInList;
        else connection.OlderInList.NewerInList = connection.NewerInList;
        if (connection.NewerInList is null) _newest = connection.OlderInList;
        else connection.NewerInList.OlderInList = connection.OlderInList;
        connection.OlderInList = connection.NewerInList = null;
    }

    /// <summary>Takes out the oldest connection when its idle time is over.</summary>
    internal Connection? TakeDue(long nowMs, long idleMsMax)
    {
        if (NextDeadlineMs(idleMsMax) > nowMs) return null;
        Connection connection = _oldest!;
        Remove(connection);
        return connection;
    }
}
