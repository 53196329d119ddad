using System.Diagnostics;
using System.Globalization;

namespace Sluice.Cli.Output;

/// <summary>One line a step, with the seconds since the start: for pipes, files and logs.</summary>
internal sealed class PlainReporter(TextWriter output) : IReporter
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();

    // What is waited for changes often and is only of use while one looks.
    public void Waiting(string text)
    {
    }

    public void Done(string text) => Write(text);

    public void Warning(string text) => Write("warning: " + text);

    private void Write(string text)
    {
        lock (_lock)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"[{Stopwatch.GetElapsedTime(_start).TotalSeconds,5:0.0} s] {text}"));
            output.Flush();
        }
    }
}
