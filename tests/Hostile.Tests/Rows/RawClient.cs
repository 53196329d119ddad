using System.Buffers.Binary;
using System.Net.Sockets;
using Hostile.Tests.Brokers;

namespace Hostile.Tests.Rows;

/// <summary>A connection on which anything may be sent.</summary>
internal sealed class RawClient(VictimBroker broker) : IDisposable
{
    private readonly TcpClient _client = broker.Connect();

    public NetworkStream Stream => _client.GetStream();

    /// <summary>Key, version, correlation id and client id, as every request begins with up to header version 1.</summary>
    public static byte[] Header(short key, short version) => [(byte)(key >> 8), (byte)key, (byte)(version >> 8), (byte)version, 0, 0, 0, 1, 0, 1, (byte)'x'];

    /// <summary>As <see cref="Header"/>, with the tagged fields of header version 2: none.</summary>
    public static byte[] FlexibleHeader(short key, short version) => [.. Header(key, version), 0];

    public void SendFrame(params ReadOnlySpan<byte> body)
    {
        byte[] frame = new byte[body.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
        body.CopyTo(frame.AsSpan(4));
        Send(frame);
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Stream.Write(bytes);
        }
        catch (IOException)
        {
            // The broker may close while the rest is still being sent.
        }
    }

    /// <summary>The broker has closed the connection without an answer.</summary>
    public bool IsClosed()
    {
        try
        {
            return Stream.ReadByte() < 0;
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return true;
        }
    }

    public byte[] ReceiveFrame()
    {
        byte[] length = new byte[4];
        Stream.ReadExactly(length);
        byte[] body = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        Stream.ReadExactly(body);
        return body;
    }

    public void Dispose() => _client.Dispose();
}
