using System.Net;
using System.Net.Sockets;
using Support;

namespace Compatibility.Differential;

/// <summary>A process of the judges' Apache Kafka.</summary>
internal sealed class LocalKafka : KafkaServer
{
    private readonly string _kafka = Judges.Kafka();
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-kafka-").FullName;

    public override string Data => Path.Combine(_folder, "data-1");

    public LocalKafka()
    {
        string port = $"{FreePort()}";
        Finished started = Shell.Run(_kafka, "start", _folder, "1", port);
        Bootstrap = started.Succeeded().Trim().Split('\n')[^1].Trim();
    }

    public override string Bootstrap { get; }

    public override void Dispose()
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
