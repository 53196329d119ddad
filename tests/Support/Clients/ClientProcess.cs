using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Support.Clients;

/// <summary>A client that runs beside the test. It is killed when the test is done with it, whatever became of it.</summary>
internal sealed class ClientProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _errors = [];
    private readonly ManualResetEventSlim _drained = new();

    public ClientProcess(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.StandardOutputEncoding = System.Text.Encoding.UTF8;
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        _process.ErrorDataReceived += (_, line) => { if (line.Data is not null) lock (_errors) _errors.Add(line.Data); };
        _process.BeginErrorReadLine();
    }

    /// <summary>A file of its own that is deleted with it; null for none.</summary>
    public string? Settings { get; init; }

    /// <summary>What it wrote to standard error, the end of it.</summary>
    public string Errors { get { lock (_errors) return string.Join('\n', _errors.TakeLast(30)); } }

    public bool HasExited => _process.HasExited;

    public StreamWriter Input => _process.StandardInput;

    /// <summary>Gives each line of standard output to a function, until the process ends.</summary>
    public void OnLine(Action<string> read) => new Thread(() =>
    {
        while (_process.StandardOutput.ReadLine() is { } line) read(line);
        _drained.Set();
    })
    { IsBackground = true }.Start();

    /// <summary>Ends it as a crash does. What it had printed is still read.</summary>
    public void KillHard()
    {
        _process.Kill();
        WaitForEnd();
    }

    public void Signal(int signal)
    {
        if (kill(_process.Id, signal) != 0 && !_process.HasExited) throw new InvalidOperationException($"no signal could be sent to {_process.Id}");
    }

    /// <summary>Waits until it has ended and all that it printed was read.</summary>
    public int WaitForEnd()
    {
        if (!_process.WaitForExit(TimeSpan.FromMinutes(3))) throw new TimeoutException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} does not end:\n{Errors}");
        if (!_drained.Wait(TimeSpan.FromMinutes(1))) throw new TimeoutException("its output does not end");
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        if (_drained.Wait(TimeSpan.FromMinutes(1))) _drained.Dispose();
        if (Settings is not null) File.Delete(Settings);
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
