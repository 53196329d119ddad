using System.Buffers.Binary;
using System.Net.Sockets;
using Hostile.Tests.Brokers;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;

namespace Hostile.Tests.Fuzz;

/// <summary>
/// One connection of the fuzzer: sends requests in groups, and reads until a sound last one is answered or the broker has closed the
/// connection, which is its answer to malformed bytes.
/// </summary>
internal sealed class FuzzWorker(VictimBroker broker, RequestForge forge, Random random) : IDisposable
{
    private const int RequestsAtATime = 16;
    private const int Marker = 0x7A7A7A7A;
    private const int PatienceMs = 400;

    private readonly byte[] _received = new byte[64 * 1024];
    private TcpClient? _client;
    private int _correlationId;

    public long Requests { get; private set; }

    public long Closed { get; private set; }

    public long Abandoned { get; private set; }

    public void Step()
    {
        _client ??= broker.Connect();
        _client.ReceiveTimeout = PatienceMs;
        using var frames = new MemoryStream();
        for (int i = random.Next(1, RequestsAtATime); i > 0; i--)
        {
            frames.Write(forge.Next(_correlationId++ & int.MaxValue));
            Requests++;
        }
        using (RequestFrame last = RequestFrame.Encode(new ApiVersionsRequest { ClientSoftwareName = "f", ClientSoftwareVersion = "1" }, 3, Marker, "fuzzer")) frames.Write(last.ToArray());
        try
        {
            _client.GetStream().Write(frames.GetBuffer(), 0, (int)frames.Length);
            if (ReadUntilMarker()) return;
            Closed++;
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock })
        {
            // A damaged time-out, or a frame whose length promises more: the broker rightly waits.
            Abandoned++;
        }
        catch (IOException)
        {
            Closed++;
        }
        _client.Dispose();
        _client = null;
    }

    public void Dispose() => _client?.Dispose();

    /// <summary>False when the broker closed the connection.</summary>
    private bool ReadUntilMarker()
    {
        NetworkStream stream = _client!.GetStream();
        byte[] header = new byte[8];
        while (true)
        {
            for (int have = 0; have < header.Length;)
            {
                int got = stream.Read(header.AsSpan(have));
                if (got == 0) return false;
                have += got;
            }
            int left = BinaryPrimitives.ReadInt32BigEndian(header) - sizeof(int);
            Assert.InRange(left, 0, 100_000_000);
            while (left > 0)
            {
                int got = stream.Read(_received.AsSpan(0, Math.Min(left, _received.Length)));
                if (got == 0) return false;
                left -= got;
            }
            if (BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)) == Marker) return true;
        }
    }
}
