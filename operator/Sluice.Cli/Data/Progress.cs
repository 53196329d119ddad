using System.Diagnostics;
using System.Globalization;

namespace Sluice.Cli.Data;

/// <summary>Says on the error stream, now and then, how far long work is; only where somebody looks at a terminal.</summary>
internal sealed class Progress(string what)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly bool _shown = !Console.IsErrorRedirected && !Environment.GetEnvironmentVariable("TERM").AsSpan().SequenceEqual("dumb");
    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _last;
    private bool _written;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    public void Report(long records, long bytes)
    {
        if (!_shown || Elapsed - _last < Interval) return;
        _last = Elapsed;
        _written = true;
        Console.Error.Write($"\r\u001b[K{Text(records, bytes)}");
    }

    /// <summary>Takes the line away again.</summary>
    public void End()
    {
        if (_written) Console.Error.Write("\r\u001b[K");
        _written = false;
    }

    /// <summary>What was done, with rates.</summary>
    public string Text(long records, long bytes)
    {
        double seconds = Math.Max(Elapsed.TotalSeconds, 0.001);
        return string.Create(CultureInfo.InvariantCulture, $"{records:N0} records {what}, {bytes / 1e6:N1} MB in {seconds:N1} s ({records / seconds:N0} records/s, {bytes / seconds / 1e6:N1} MB/s)");
    }
}
