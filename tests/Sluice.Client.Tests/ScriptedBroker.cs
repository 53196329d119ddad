using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;
using Sluice.Protocol.Wire;

namespace Sluice.Client.Tests;

/// <summary>A listener that answers requests as a test says; those of several connections at once.</summary>
internal sealed class ScriptedBroker : IDisposable
{
    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);

    /// <param name="answer">Header and body of a request in; the whole answer frame without its length out, null to close.</param>
    public ScriptedBroker(Func<RequestHeader, ReadOnlyMemory<byte>, byte[]?> answer)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _ = Task.Run(() => Accept(answer));
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public string Address => $"127.0.0.1:{Port}";

    public static byte[] Body(RequestHeader request, IResponse response, short? version = null)
    {
        short responseVersion = version ?? request.RequestApiVersion;
        var header = new ResponseHeader { CorrelationId = request.CorrelationId };
        return [.. header.ToBytes(ApiTable.Get((ApiKey)request.RequestApiKey).ResponseHeaderVersion(responseVersion)), .. response.ToBytes(responseVersion)];
    }

    public static ApiVersionsResponse Versions() => new()
    {
        ApiKeys = [.. ApiTable.All.Select(a => new ApiVersionsResponse.ApiVersion { ApiKey = (short)a.Key, MinVersion = a.MinVersion, MaxVersion = a.MaxVersion })],
    };

    public void Dispose() => _listener.Dispose();

    private async Task Accept(Func<RequestHeader, ReadOnlyMemory<byte>, byte[]?> answer)
    {
        try
        {
            while (true)
            {
                Socket peer = await _listener.AcceptAsync();
                _ = Task.Run(() => Serve(peer, answer));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task Serve(Socket peer, Func<RequestHeader, ReadOnlyMemory<byte>, byte[]?> answer)
    {
        using var stream = new NetworkStream(peer, ownsSocket: true);
        byte[] prefix = new byte[4];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(prefix);
                byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
                await stream.ReadExactlyAsync(frame);
                if (Answer(frame, answer) is not { } response) return;
                BinaryPrimitives.WriteInt32BigEndian(prefix, response.Length);
                await stream.WriteAsync(prefix);
                await stream.WriteAsync(response);
            }
        }
        catch (IOException)
        {
            // The client closed the connection.
        }
    }

    private static byte[]? Answer(byte[] frame, Func<RequestHeader, ReadOnlyMemory<byte>, byte[]?> answer)
    {
        var key = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(frame);
        short version = BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(2));
        var reader = new WireReader(frame);
        var header = new RequestHeader();
        header.Read(ref reader, ApiTable.Get(key).RequestHeaderVersion(version));
        return answer(header, frame.AsMemory(reader.Position));
    }
}
