using System.Diagnostics;
using System.Globalization;

namespace Benchmarks.Clients;

/// <summary>What a client is to do.</summary>
internal sealed record ClientTask(string Bootstrap, string Topic, int Partitions, int Records, int Size, string Codec)
{
    /// <summary>Records before the clock runs: code is compiled, connections are made, buffers have grown.</summary>
    public int WarmUp => Records / 5;

    /// <summary>Records that are read while the clock runs: reading the first ones may have gone a poll too far.</summary>
    public int Timed => Records - 5000;

    /// <summary>A value like text: it shrinks, but not to nothing.</summary>
    public byte[] Value()
    {
        var random = new Random(7);
        byte[] value = new byte[Size];
        for (int i = 0; i < value.Length; i++) value[i] = (byte)"etaoin shrdlu0123"[random.Next(17)];
        return value;
    }
}

/// <summary>What it took, between two moments.</summary>
internal sealed record ClientFigures(long Records, double Seconds, double CpuSeconds)
{
    public double RecordsPerSecond => Records / Seconds;

    public double RecordsPerCpuSecond => Records / CpuSeconds;

    public static ClientFigures Parse(string line)
    {
        string[] parts = line.Trim().Split(' ');
        return new(long.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture), double.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    public string ToLine() => string.Create(CultureInfo.InvariantCulture, $"{Records} {Seconds:R} {CpuSeconds:R}");
}

/// <summary>Clock and processor time from a moment on.</summary>
internal readonly struct Meter
{
    private readonly long _start;
    private readonly TimeSpan _cpu;

    private Meter(long start, TimeSpan cpu) => (_start, _cpu) = (start, cpu);

    public static Meter Start() => new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);

    public ClientFigures Stop(long records) => new(records, Stopwatch.GetElapsedTime(_start).TotalSeconds, (Environment.CpuUsage.TotalTime - _cpu).TotalSeconds);
}
