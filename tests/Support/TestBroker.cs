using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Support;

/// <summary>A real broker process on a free port of 127.0.0.1, with a data folder of its own that is deleted at the end.</summary>
internal sealed class TestBroker : IDisposable
{
    private static readonly string Program = Path.Combine(Judges.Repository, "broker", "Sluice.Broker", "bin", "Release", "net10.0", "sluice-broker");
    private readonly string _properties;
    private readonly string[] _launcher;
    private Process? _process;
    private readonly List<string> _log = [];

    public TestBroker(params string[] settings)
        : this([], settings)
    {
    }

    /// <param name="launcher">A command that the broker's own follows, as for example of <see cref="HiddenLibraries"/>; empty for none.</param>
    /// <param name="settings">Properties of the broker.</param>
    public TestBroker(string[] launcher, string[] settings)
    {
        _launcher = launcher;
        Folder = Directory.CreateTempSubdirectory("sluice-test-").FullName;
        Port = FreePort();
        HttpPort = FreePort();
        _properties = Path.Combine(Folder, "server.properties");
        File.WriteAllLines(_properties,
        [
            "process.roles=broker,controller",
            "node.id=1",
            $"listeners=PLAINTEXT://127.0.0.1:{Port}",
            $"advertised.listeners=PLAINTEXT://127.0.0.1:{Port}",
            $"sluice.http.listen=127.0.0.1:{HttpPort}",
            $"log.dirs={Data}",
            .. settings,
        ]);
        Start();
    }

    /// <summary>Data and settings of this broker.</summary>
    public string Folder { get; }

    /// <summary>The log directory.</summary>
    public string Data => Path.Combine(Folder, "data");

    /// <summary>Port of the Kafka protocol.</summary>
    public int Port { get; }

    /// <summary>Port of metrics and probes.</summary>
    public int HttpPort { get; }

    /// <summary>The address for clients.</summary>
    public string Bootstrap => $"127.0.0.1:{Port}";

    /// <summary>Process id of the running broker.</summary>
    public int Pid => _process!.Id;

    /// <summary>What the broker printed.</summary>
    public string Log { get { lock (_log) return string.Join('\n', _log); } }

    /// <summary>Its metrics as Prometheus reads them.</summary>
    public string Metrics()
    {
        using var http = new HttpClient();
        return http.GetStringAsync(new Uri($"http://127.0.0.1:{HttpPort}/metrics")).GetAwaiter().GetResult();
    }

    /// <summary>Starts the broker on its data and waits till it takes connections.</summary>
    public void Start()
    {
        string[] command = [.. _launcher, Program, _properties];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => { if (line.Data is not null) lock (_log) _log.Add(line.Data); };
        _process.ErrorDataReceived += (_, line) => { if (line.Data is not null) lock (_log) _log.Add(line.Data); };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var waited = Stopwatch.StartNew();
        while (!Listens())
        {
            if (_process.HasExited) throw new InvalidOperationException($"the broker ended with exit code {_process.ExitCode}:\n{Log}");
            if (waited.Elapsed > TimeSpan.FromSeconds(60)) throw new TimeoutException($"the broker does not listen:\n{Log}");
            Thread.Sleep(20);
        }
    }

    /// <summary>Ends the broker as a crash does.</summary>
    public void KillHard()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>Asks the broker to stop and gives its exit code.</summary>
    public int StopCleanly()
    {
        if (kill(_process!.Id, 15) != 0) throw new InvalidOperationException("the broker has ended by itself");
        if (!_process.WaitForExit(TimeSpan.FromSeconds(30))) throw new TimeoutException($"the broker does not stop:\n{Log}");
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false }) KillHard();
        _process?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private bool Listens()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
