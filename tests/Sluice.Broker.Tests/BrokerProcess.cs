using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Sluice.Protocol;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;
using Sluice.Protocol.Wire;
using Support;

namespace Sluice.Broker.Tests;

/// <summary>A real broker process on a directory of its own, with its log read as JSON.</summary>
internal sealed class BrokerProcess : IDisposable
{
    private readonly Process _process;
    private readonly bool _ownsDirectory;
    private readonly ConcurrentQueue<JsonElement> _log = new();
    private readonly ConcurrentQueue<string> _errors = new();

    private BrokerProcess(Process process, string directory, bool ownsDirectory)
    {
        _process = process;
        Directory = directory;
        _ownsDirectory = ownsDirectory;
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null) _log.Enqueue(JsonDocument.Parse(line.Data).RootElement);
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null) _errors.Enqueue(line.Data);
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Directory { get; }

    public int Id => _process.Id;

    public string Errors => string.Join('\n', _errors);

    public IEnumerable<JsonElement> Log => _log;

    /// <summary>HOST:PORT of the Kafka listener.</summary>
    public string Address { get; private set; } = "";

    /// <summary>HOST:PORT of the HTTP endpoint.</summary>
    public string Http { get; private set; } = "";

    /// <summary>Starts a process without waiting for it to serve.</summary>
    public static BrokerProcess Launch(string? directory, params string[] overrides) => LaunchUnder([], directory, overrides);

    /// <summary>Starts a process and waits until it serves.</summary>
    public static Task<BrokerProcess> StartAsync(string? directory = null, params string[] overrides) => StartUnderAsync([], directory, overrides);

    /// <summary>Starts a process by a command that the broker's own follows, and waits until it serves.</summary>
    public static async Task<BrokerProcess> StartUnderAsync(string[] launcher, string? directory, params string[] overrides)
    {
        BrokerProcess broker = LaunchUnder(launcher, directory, overrides);
        JsonElement listening = await broker.LogLineAsync("Listening");
        broker.Address = listening.GetProperty("address").GetString()!;
        JsonElement http = await broker.LogLineAsync("HttpListening");
        broker.Http = http.GetProperty("address").GetString()!;
        return broker;
    }

    /// <summary>Starts a process by a command that the broker's own follows, without waiting for it to serve.</summary>
    public static BrokerProcess LaunchUnder(string[] launcher, string? directory, params string[] overrides)
    {
        string path = directory ?? System.IO.Directory.CreateTempSubdirectory("sluice-broker-test-").FullName;
        string[] command = [.. launcher, Path.Combine(AppContext.BaseDirectory, "sluice-broker")];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Those of the test run are not settings of the broker, which would name them.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("SLUICE_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        string[] properties =
        [
            "node.id=1", $"log.dirs={path}/data", "listeners=PLAINTEXT://127.0.0.1:0", "sluice.http.listen=127.0.0.1:0", "sluice.shards=2", .. overrides,
        ];
        foreach (string property in properties)
        {
            start.ArgumentList.Add("--override");
            start.ArgumentList.Add(property);
        }
        return new BrokerProcess(Process.Start(start)!, path, directory is null);
    }

    /// <summary>Waits for an event in the log.</summary>
    public async Task<JsonElement> LogLineAsync(string eventName)
    {
        JsonElement? found = null;
        await Wait.UntilAsync(
            () => (found = Find(eventName)) is not null || (_process.HasExited && _log.IsEmpty), Told, TimeSpan.FromSeconds(30), $"{eventName} in the log");
        return found ?? throw new InvalidOperationException($"the process ended without {eventName} in the log:\n{Told()}");

        string Told() => $"{string.Join('\n', _log)}\n{Errors}";
    }

    private JsonElement? Find(string eventName)
    {
        foreach (JsonElement line in _log)
        {
            if (line.TryGetProperty("event", out JsonElement name) && name.GetString() == eventName) return line;
        }
        return null;
    }

    public void Signal(string name)
    {
        using Process kill = Process.Start("/bin/kill", [$"-{name}", Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return _process.ExitCode;
    }

    public TcpClient Connect()
    {
        int colon = Address.LastIndexOf(':');
        var client = new TcpClient { NoDelay = true, ReceiveTimeout = 30_000 };
        client.Connect(Address[..colon], int.Parse(Address.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture));
        return client;
    }

    /// <summary>Asks and waits for the answer.</summary>
    public static TResponse Ask<TResponse>(TcpClient client, IRequest<TResponse> request, short version)
        where TResponse : class, IResponse, new()
    {
        Send(client, request, version);
        return Receive<TResponse>(client, request.ApiKey, version);
    }

    public static void Send(TcpClient client, IRequest request, short version)
    {
        using RequestFrame frame = RequestFrame.Encode(request, version, correlationId: 5, clientId: "test");
        client.GetStream().Write(frame.ToArray());
    }

    public static TResponse Receive<TResponse>(TcpClient client, ApiKey key, short version)
        where TResponse : class, IResponse, new()
    {
        byte[] length = new byte[4];
        client.GetStream().ReadExactly(length);
        byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        client.GetStream().ReadExactly(frame);
        var header = new ResponseHeader();
        var response = new TResponse();
        var reader = new WireReader(frame.AsMemory());
        header.Read(ref reader, ApiTable.Get(key).ResponseHeaderVersion(version));
        response.Read(ref reader, version);
        Assert.Equal(5, header.CorrelationId);
        return response;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
        if (_ownsDirectory) System.IO.Directory.Delete(Directory, recursive: true);
    }
}
