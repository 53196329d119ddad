using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Benchmarks;

/// <summary>The bare loop: reads a position and a length, sends that part of a file with sendfile, again and again.</summary>
internal static partial class RawSendfileServer
{
    internal static int Run(string path)
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Console.WriteLine($"listens on 127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}");
        using Socket socket = listener.Accept();
        socket.NoDelay = true;
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path);
        byte[] request = new byte[12];
        while (true)
        {
            SendfileClient.Receive(socket, request);
            long position = BinaryPrimitives.ReadInt64BigEndian(request);
            int left = BinaryPrimitives.ReadInt32BigEndian(request.AsSpan(8));
            while (left > 0)
            {
                nint sent = SendFile((int)socket.Handle, (int)file.DangerousGetHandle(), ref position, left);
                if (sent <= 0) throw new IOException($"sendfile answered {sent}, error {Marshal.GetLastPInvokeError()}");
                left -= (int)sent;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    private static partial nint SendFile(int socket, int file, ref long offset, nint count);
}

/// <summary>Reads a file over and over from the bare loop.</summary>
internal sealed class RawSendfileClient(string address, long fileLength) : IDisposable
{
    private readonly Socket _socket = SendfileClient.Connect(address);
    private readonly byte[] _piece = new byte[2 * 1024 * 1024];

    internal long Read(long bytes, int pieceBytes)
    {
        byte[] request = new byte[12];
        long received = 0;
        for (long position = 0; received < bytes; position = position + (2 * pieceBytes) > fileLength ? 0 : position + pieceBytes)
        {
            BinaryPrimitives.WriteInt64BigEndian(request, position);
            BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(8), pieceBytes);
            _socket.Send(request);
            SendfileClient.Receive(_socket, _piece.AsSpan(0, pieceBytes));
            received += pieceBytes;
        }
        return received;
    }

    public void Dispose() => _socket.Dispose();
}
