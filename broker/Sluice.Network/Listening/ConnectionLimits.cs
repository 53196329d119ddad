using System.Net;

namespace Sluice.Network.Listening;

/// <summary>
/// Counts connections in total and by address, for all listeners of a process. Connections come on the acceptors' threads and go on
/// their own loops', seldom enough for a lock.
/// </summary>
public sealed class ConnectionLimits
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private int _totalMax;
    private readonly int _descriptorsMax;
    private int _addressMax;
    private IReadOnlyDictionary<IPAddress, int> _addressMaxOverrides;
    private int _total;

    /// <param name="limits">The bounds in total and an address.</param>
    /// <param name="addressMaxOverrides">Bounds of single addresses (<c>max.connections.per.ip.overrides</c>).</param>
    public ConnectionLimits(NetworkLimits limits, IReadOnlyDictionary<IPAddress, int>? addressMaxOverrides = null)
    {
        _totalMax = limits.ConnectionsMax;
        _descriptorsMax = limits.ConnectionDescriptorsMax;
        _addressMax = limits.ConnectionsAnAddressMax;
        _addressMaxOverrides = addressMaxOverrides ?? new Dictionary<IPAddress, int>();
        Rate = new ConnectionRate(limits.ConnectionsASecondMax);
    }

    /// <summary>How fast they may come.</summary>
    internal ConnectionRate Rate { get; }

    /// <summary>Connections open now.</summary>
    public int Total => Volatile.Read(ref _total);

    internal bool IsFull => Total >= Volatile.Read(ref _totalMax);

    /// <summary>Takes other bounds for connections to come; those that are open stay, also where they are too many now.</summary>
    /// <param name="totalMax">Connections in total.</param>
    /// <param name="addressMax">Connections from one address.</param>
    /// <param name="addressMaxOverrides">Bounds of single addresses.</param>
    /// <param name="aSecondMax">New connections a second.</param>
    public void Change(int totalMax, int addressMax, IReadOnlyDictionary<IPAddress, int> addressMaxOverrides, int aSecondMax)
    {
        Rate.Change(aSecondMax);
        lock (_lock)
        {
            Volatile.Write(ref _totalMax, totalMax);
            _addressMax = addressMax;
            _addressMaxOverrides = addressMaxOverrides;
        }
    }

    internal bool IsOutOfDescriptors => Total >= _descriptorsMax;

    /// <summary>Counts a connection in; false when its address has as many as it may.</summary>
    internal bool TryAdd(IPAddress address)
    {
        lock (_lock)
        {
            int max = _addressMaxOverrides.TryGetValue(address, out int overriding) ? overriding : _addressMax;
            int count = _byAddress.GetValueOrDefault(address);
            if (count >= max) return false;
            _byAddress[address] = count + 1;
            _total++;
            return true;
        }
    }

    internal void Remove(IPAddress address)
    {
        lock (_lock)
        {
            _total--;
            int count = _byAddress[address] - 1;
            if (count == 0) _byAddress.Remove(address);
            else _byAddress[address] = count;
        }
    }
}
