using System.Diagnostics.Metrics;

namespace Sluice.Broker.Metrics;

/// <summary>
/// Instruments with one series for each of the things that come and go. OpenTelemetry's SDK takes memory for all series that an instrument
/// may have as soon as it is there, and gives a series that was once used never to another. So these instruments are made for what is
/// there, with as much again to spare, and made anew when that is used up. They observe only, so nothing that was counted is lost.
/// </summary>
/// <typeparam name="T">What a series stands for.</typeparam>
internal sealed class RenewedInstruments<T> : IDisposable
{
    private const int SeriesMin = 128;

    private readonly string _meterName;
    private readonly HashSet<T> _used = [];
    private Action<Meter> _create = static _ => { };
    private Meter? _meter;

    internal RenewedInstruments(string meterName) => _meterName = meterName;

    /// <summary>How many series each of the instruments may have.</summary>
    internal int SeriesMax { get; private set; } = SeriesMin;

    /// <summary>Whether an instrument is one of these.</summary>
    internal bool Contains(Instrument instrument) => instrument.Meter == _meter;

    /// <summary>Creates the instruments now and whenever they are made anew.</summary>
    internal void Create(Action<Meter> create)
    {
        _create = create;
        Renew();
    }

    /// <summary>To be called before the instruments are read, with all that they are about to observe.</summary>
    internal void MakeRoomFor(IReadOnlyCollection<T> present)
    {
        _used.UnionWith(present);
        if (_used.Count <= SeriesMax) return;
        _used.Clear();
        _used.UnionWith(present);
        SeriesMax = Math.Max(SeriesMin, 2 * _used.Count);
        Renew();
    }

    public void Dispose() => _meter?.Dispose();

    private void Renew()
    {
        _meter?.Dispose();
        _meter = new Meter(_meterName);
        _create(_meter);
    }
}
