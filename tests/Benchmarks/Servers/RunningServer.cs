using System.Diagnostics;
using System.Net.Sockets;
using Benchmarks.Driving;
using Sluice.Protocol.Messages;

namespace Benchmarks.Servers;

/// <summary>A process that is measured. It ends with this object, or with the benchmark at the latest.</summary>
internal sealed class RunningServer : IDisposable
{
    private const int Terminate = 15;
    private static readonly HashSet<Process> Alive = [];

    private readonly Process _process;
    private readonly string _log;

    /// <param name="program">What to run; its output goes to a file.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Set in addition.</param>
    /// <param name="address">Where it will listen.</param>
    /// <param name="data">The folder of its logs.</param>
    /// <param name="log">The file for its output.</param>
    internal RunningServer(string program, IEnumerable<string> arguments, IEnumerable<(string, string)> environment, string address, string data, string log)
    {
        Address = address;
        Data = data;
        _log = log;
        // The shell becomes the program, so that its number is the program's.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" > \"$0\" 2>&1 < /dev/null", log, program, .. arguments]);
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        lock (Alive) Alive.Add(_process);
    }

    internal string Address { get; }

    internal string Data { get; }

    internal int ProcessId => _process.Id;

    internal TimeSpan CpuTime => Native.CpuTime(_process.Id);

    internal MemoryFigures Memory => MemoryFigures.Of(_process.Id);

    /// <summary>Kills whatever still runs.</summary>
    internal static void KillAll()
    {
        lock (Alive)
        {
            foreach (Process process in Alive)
            {
                if (!process.HasExited) process.Kill();
            }
        }
    }

    internal void WaitUntilReady() => Client.Until(IsReady, $"{_log} ready");

    /// <summary>Whether it answers a request about its topics.</summary>
    internal bool IsReady()
    {
        ThrowIfEnded();
        try
        {
            using var client = new Client(Address);
            return client.Ask<MetadataResponse>(new MetadataRequest { Topics = [] }, 12).Brokers.Count > 0;
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException)
        {
            return false;
        }
    }

    internal void ThrowIfEnded()
    {
        if (_process.HasExited) throw new InvalidOperationException($"the server ended with {_process.ExitCode}:\n{Tail()}");
    }

    /// <summary>Ends it as a crash does.</summary>
    internal void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Asks it to stop and waits.</summary>
    internal void Stop()
    {
        _ = Native.Kill(_process.Id, Terminate);
        if (!_process.WaitForExit(TimeSpan.FromSeconds(120))) throw new TimeoutException($"the server does not stop:\n{Tail()}");
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        lock (Alive) Alive.Remove(_process);
        _process.Dispose();
    }

    private string Tail() => string.Join('\n', File.ReadLines(_log).TakeLast(30));
}
