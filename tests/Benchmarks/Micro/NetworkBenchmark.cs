using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Benchmarks.Driving;
using Sluice.Network;
using Sluice.Network.Connections;
using Sluice.Network.Listening;
using Sluice.Network.Loops;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;

namespace Benchmarks.Micro;

/// <summary>
/// The processor time that the network layer takes for a small request and its answer (104 and 26 bytes, 50 connections, the answer
/// encoded each time), with one and with sixteen requests in flight a connection, on one loop and on two. On two processors a bare
/// echo in C with one epoll loop took 6.7 and 0.44 µs.
/// </summary>
internal static class NetworkBenchmark
{
    private const int Connections = 50;
    private const int RequestBytes = 104;
    private const int Rounds = 5;

    internal static int Run()
    {
        Console.WriteLine($"{"loops",5} {"in flight",9} {"CPU µs a request",17} {"requests/s",11}");
        foreach (int loops in new[] { 1, 2 })
        {
            foreach (int inFlight in new[] { 1, 16 }) Measure(loops, inFlight, requests: inFlight == 1 ? 100_000 : 1_000_000);
        }
        return 0;
    }

    private static void Measure(int loopCount, int inFlight, int requests)
    {
        using var server = new Server(loopCount);
        Socket[] clients = [.. Enumerable.Range(0, Connections).Select(_ => Client.Connect(server.Address))];
        Drive(clients, inFlight, requests / 5);
        var costs = new List<double>();
        double rate = 0;
        for (int round = 0; round < Rounds; round++)
        {
            double before = LoopCpuMicroseconds();
            long began = Environment.TickCount64;
            Drive(clients, inFlight, requests);
            costs.Add((LoopCpuMicroseconds() - before) / requests);
            rate = Math.Max(rate, requests * 1000.0 / Math.Max(1, Environment.TickCount64 - began));
        }
        costs.Sort();
        Console.WriteLine($"{loopCount,5} {inFlight,9} {costs[Rounds / 2],17:0.00} {rate,11:0}");
        foreach (Socket client in clients) client.Dispose();
    }

    /// <summary>Sends on all connections, then receives on all, again and again.</summary>
    private static void Drive(Socket[] clients, int inFlight, int requests)
    {
        byte[] request = new byte[RequestBytes * inFlight];
        for (int i = 0; i < inFlight; i++) request[(i * RequestBytes) + 3] = RequestBytes - 4;
        byte[] answer = new byte[Server.AnswerBytes * inFlight];
        for (int done = 0; done < requests; done += clients.Length * inFlight)
        {
            foreach (Socket client in clients) client.Send(request);
            foreach (Socket client in clients) Client.Receive(client, answer);
        }
    }

    private static double LoopCpuMicroseconds()
    {
        double sum = 0;
        foreach (string task in Directory.GetDirectories("/proc/self/task"))
        {
            if (!File.ReadAllText(Path.Combine(task, "comm")).StartsWith("loop-", StringComparison.Ordinal)) continue;
            sum += long.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture) / 1000.0;
        }
        return sum;
    }

    private sealed class Server : ILoopClient, IConnectionHandler, INetworkEvents, IDisposable
    {
        private static readonly InitProducerIdResponse Answer = new() { ProducerId = 1 };
        private readonly EventLoop[] _loops;
        private readonly Acceptor _acceptor;

        internal Server(int loops)
        {
            _loops = [.. Enumerable.Range(0, loops).Select(i => new EventLoop(i, new EventLoopOptions(), this, this, this))];
            _acceptor = new Acceptor(
                new ListenerOptions { Name = "BENCH", Address = new IPEndPoint(IPAddress.Loopback, 0) }, _loops, new ConnectionLimits(new NetworkLimits()), this);
            foreach (EventLoop loop in _loops) loop.Start();
            _acceptor.Start();
        }

        internal static int AnswerBytes { get; } = MakeAnswer().WireLength;

        internal string Address => _acceptor.LocalAddress.ToString();

        public long NextDeadlineMs => long.MaxValue;

        public void OnRequest(Connection connection, RequestSlot slot, ReadOnlyMemory<byte> frame) => slot.Complete(MakeAnswer());

        public void OnClosed(Connection connection)
        {
        }

        public void Tick(long nowMs)
        {
        }

        public void OnFatal(Exception failure) => Environment.FailFast("the loop failed", failure);

        public void ConnectionOpened(Connection connection)
        {
        }

        public void ConnectionClosed(Connection connection, CloseReason reason, string detail)
        {
        }

        public void ConnectionRefused(string listener, IPAddress address, string limit)
        {
        }

        public void AcceptPaused(string listener, string cause)
        {
        }

        public void Dispose()
        {
            _acceptor.CloseAsync().Wait();
            foreach (EventLoop loop in _loops)
            {
                loop.StopAsync().Wait();
                loop.Dispose();
            }
            _acceptor.Dispose();
        }

        private static ResponseFrame MakeAnswer() => ResponseFrame.Encode(Answer, 4, correlationId: 7, headerVersion: 1);
    }
}
