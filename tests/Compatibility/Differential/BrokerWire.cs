using System.Buffers.Binary;
using System.Net.Sockets;
using Sluice.Protocol;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;
using Sluice.Protocol.Wire;

namespace Compatibility.Differential;

/// <summary>A connection on which a test may send anything, well formed or not.</summary>
/// <param name="host">The broker's address.</param>
/// <param name="port">The broker's port.</param>
/// <param name="patienceMs">How long to wait for an answer.</param>
internal sealed class BrokerWire(string host, int port, int patienceMs) : IDisposable
{
    private const int CorrelationId = 0x5EED;
    private Socket? _socket;

    /// <summary>What became of a frame: an answer, or why there is none.</summary>
    public sealed record Outcome(IResponse? Response, string? Why);

    /// <summary>Encodes a request with its length and header.</summary>
    public static byte[] Encode(IRequest request, short version)
    {
        using RequestFrame frame = RequestFrame.Encode(request, version, CorrelationId, "differential");
        return frame.ToArray();
    }

    /// <summary>Sends a frame and waits for its answer, or for the end of the connection.</summary>
    public Outcome Ask(ApiKey key, short version, byte[] frame)
    {
        try
        {
            Send(frame);
            return Receive() is { } answer ? new(Decode(key, version, answer), null) : Closed();
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            return Closed();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.TimedOut || e.SocketErrorCode == SocketError.WouldBlock)
        {
            Closed();
            return new(null, "neither answered nor closed");
        }
    }

    /// <summary>Sends a frame that is not answered, and a question after it that is.</summary>
    public Outcome Tell(byte[] frame)
    {
        Send(frame);
        Outcome next = Ask(ApiKey.ApiVersions, 0, Encode(new ApiVersionsRequest(), 0));
        return next.Response is null ? next : new(null, "no answer");
    }

    public void Dispose() => _socket?.Dispose();

    private void Send(byte[] bytes)
    {
        if (_socket is null)
        {
            _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = patienceMs };
            _socket.Connect(host, port);
        }
        for (int sent = 0; sent < bytes.Length;) sent += _socket.Send(bytes.AsSpan(sent));
    }

    private Outcome Closed()
    {
        _socket?.Dispose();
        _socket = null;
        return new(null, "connection closed");
    }

    private byte[]? Receive()
    {
        byte[] prefix = new byte[4];
        if (!Fill(prefix)) return null;
        byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
        return Fill(frame) ? frame : null;
    }

    private bool Fill(Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            int received = _socket!.Receive(buffer);
            if (received == 0) return false;
            buffer = buffer[received..];
        }
        return true;
    }

    private static IResponse Decode(ApiKey key, short version, byte[] frame)
    {
        ApiInfo api = ApiTable.Get(key);
        if (key == ApiKey.ApiVersions)
        {
            // An unknown version is answered in version 0, which alone has no more than an error and the table (KIP-511).
            short error = BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(4));
            if (error == (short)ErrorCode.UnsupportedVersion) version = 0;
        }
        var reader = new WireReader((ReadOnlyMemory<byte>)frame);
        var header = new ResponseHeader();
        header.Read(ref reader, api.ResponseHeaderVersion(version));
        Assert.Equal(CorrelationId, header.CorrelationId);
        IResponse response = api.NewResponse();
        response.Read(ref reader, version);
        reader.ExpectEnd();
        return response;
    }
}
