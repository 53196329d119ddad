using System.Diagnostics.Metrics;

namespace Sluice.Broker.Metrics;

/// <summary>The broker's instruments. While nobody reads them (no HTTP endpoint) they cost a test of a flag.</summary>
internal sealed class BrokerMetrics : IDisposable
{
    internal const string MeterName = "Sluice.Broker";

    /// <summary>Values of one label or of a few: APIs, listeners and reasons, kinds of work.</summary>
    private const int SeriesOfInstrument = 256;

    private readonly int _seriesMax;

    /// <param name="shards">How many shards the broker has.</param>
    internal BrokerMetrics(int shards)
    {
        _seriesMax = Math.Max(SeriesOfInstrument, shards);
        Meter = new Meter(MeterName);
        Requests = new RequestMetrics(Meter);
        Connections = new ConnectionMetrics(Meter);
        Background = new BackgroundMetrics(Meter);
    }

    internal Meter Meter { get; }

    internal RequestMetrics Requests { get; }

    internal ConnectionMetrics Connections { get; }

    internal BackgroundMetrics Background { get; }

    /// <summary>The instruments with a series for each partition.</summary>
    internal RenewedInstruments<(string Topic, int Partition)> EachPartition { get; } = new(MeterName);

    /// <summary>Whether an instrument is one of this broker's; another in the same process has its own of the same names.</summary>
    internal bool Contains(Instrument instrument) => instrument.Meter == Meter || EachPartition.Contains(instrument);

    /// <summary>How many series an instrument may have. What is more is lost to Prometheus; what is not used costs 80 bytes each.</summary>
    internal int SeriesMax(Instrument instrument)
    {
        if (EachPartition.Contains(instrument)) return EachPartition.SeriesMax;
        return instrument.Name == RequestMetrics.ErrorsName ? RequestMetrics.ErrorSeriesMax : _seriesMax;
    }

    public void Dispose()
    {
        EachPartition.Dispose();
        Meter.Dispose();
    }

    /// <summary>Bounds of durations, in seconds: from a request served from memory to a stalled disk.</summary>
    internal static InstrumentAdvice<double> Durations { get; } = new()
    {
        HistogramBucketBoundaries =
        [
            0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
        ],
    };
}
