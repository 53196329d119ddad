using System.Diagnostics;
using System.Globalization;

namespace Benchmarks.Clients;

/// <summary>What a client is to do.</summary>
internal sealed record ClientTask(string Bootstrap, string Topic, int Partitions, int Records, int Size, string Codec)
{
    /// <summary>Times that a consumer reads the topic while the clock runs.</summary>
    public const int Passes = 2;

    /// <summary>
    /// Times that a producer writes all records before the clock runs: connections are made, buffers have grown, code is compiled. As
    /// many for each client, since the kernel slows writers down by what it has not written to disk yet.
    /// </summary>
    public const int WarmUpPasses = 3;

    /// <summary>How long at least a consumer reads before the clock runs. A shorter time would measure the just-in-time compiler.</summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);

    /// <summary>Records that a consumer reads in one pass: the topic has at least as many.</summary>
    public int Stored => 2 * Records;

    /// <summary>Reads the same again and again until the consumer is warm.</summary>
    public static void Warm(Action pass)
    {
        long start = Stopwatch.GetTimestamp();
        do pass();
        while (Stopwatch.GetElapsedTime(start) < WarmUp);
    }

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
