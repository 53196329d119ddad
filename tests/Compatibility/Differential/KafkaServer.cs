using System.Net;
using System.Net.Sockets;
using Support;

namespace Compatibility.Differential;

/// <summary>A real Apache Kafka of one node, for as long as the object lives.</summary>
internal sealed class KafkaServer : IDisposable
{
    private readonly string _kafka = Judges.Kafka();
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-kafka-").FullName;

    /// <summary>Its data directory.</summary>
    public string Data => Path.Combine(_folder, "data-1");

    public KafkaServer()
    {
        string port = $"{FreePort()}";
        Finished started = Shell.Run(_kafka, "start", _folder, "1", port);
        Bootstrap = started.Succeeded().Trim().Split('\n')[^1].Trim();
    }

    /// <summary>The address for clients.</summary>
    public string Bootstrap { get; }

    public void Dispose()
    {
        Shell.Run(_kafka, "stop", _folder);
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The controller listens a thousand ports higher, so both must exist.</summary>
    private static int FreePort()
    {
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            if (port < 64000) return port;
        }
    }
}
