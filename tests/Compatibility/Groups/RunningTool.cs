using System.Diagnostics;

namespace Compatibility.Groups;

/// <summary>A program that runs beside the test; what it prints is collected. It is ended at the latest with the test.</summary>
internal sealed class RunningTool : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly List<string> _errors = [];

    public RunningTool(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        _process.OutputDataReceived += (_, line) => Add(_lines, line.Data);
        _process.ErrorDataReceived += (_, line) => Add(_errors, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The lines of its output so far.</summary>
    public string[] Lines { get { lock (_lines) return [.. _lines]; } }

    /// <summary>What it complained of, for whoever reads a failure.</summary>
    public string Errors { get { lock (_errors) return string.Join('\n', _errors.TakeLast(10)); } }

    /// <summary>Ends it as a crash does.</summary>
    public void Kill()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private static void Add(List<string> lines, string? line)
    {
        if (line is null) return;
        lock (lines) lines.Add(line);
    }
}
