using System.Diagnostics;
using System.Net.Sockets;
using Benchmarks.Driving;

namespace Benchmarks.Hostile;

/// <summary>Somebody who does harm to a broker, on a thread of their own, until told to stop.</summary>
/// <param name="name">What the report calls it.</param>
/// <param name="connections">How many connections it holds.</param>
/// <param name="actionsASecond">How often it does something; 0 when it only is there.</param>
internal abstract class Attack(string name, int connections, double actionsASecond) : IDisposable
{
    private readonly List<Socket> _sockets = [];
    private readonly byte[] _scratch = new byte[64 * 1024];
    private Thread? _thread;
    private volatile bool _ends;
    private long _cpuTicks;
    private int _next;

    internal string Name { get; } = name;

    /// <summary>Processor time that the harm has cost whoever does it.</summary>
    internal TimeSpan CpuTime => new(Volatile.Read(ref _cpuTicks));

    protected string Address { get; private set; } = "";

    /// <summary>Connects, and begins.</summary>
    internal void Start(string address)
    {
        Address = address;
        Prepare();
        for (int i = 0; i < connections; i++) _sockets.Add(Connect());
        _thread = new Thread(Run) { IsBackground = true, Name = "attack" };
        _thread.Start();
    }

    public void Dispose()
    {
        _ends = true;
        _thread?.Join();
        foreach (Socket socket in _sockets) socket.Dispose();
    }

    /// <summary>What the attack needs of the broker beforehand.</summary>
    protected virtual void Prepare()
    {
    }

    /// <summary>What is done to a connection that was just made.</summary>
    protected virtual void Greet(Socket socket)
    {
    }

    /// <summary>The harm, done to one connection after the other.</summary>
    protected abstract void Act(Socket socket);

    /// <summary>Whether answers are read, so that the attack goes on over the same connections.</summary>
    protected virtual bool Reads => true;

    /// <summary>Sends what the kernel takes.</summary>
    protected static void Send(Socket socket, ReadOnlySpan<byte> bytes) => _ = socket.Send(bytes, SocketFlags.None, out _);

    private Socket Connect()
    {
        Socket socket = Client.Connect(Address);
        socket.Blocking = false;
        Greet(socket);
        return socket;
    }

    private void Run()
    {
        if (actionsASecond <= 0) return;
        var clock = Stopwatch.StartNew();
        for (long done = 0; !_ends; done++)
        {
            double wait = (done / actionsASecond) - clock.Elapsed.TotalSeconds;
            if (wait > 0) Thread.Sleep(TimeSpan.FromSeconds(Math.Min(wait, 0.2)));
            int at = _next++ % _sockets.Count;
            if (!IsOpen(_sockets[at]))
            {
                // The broker has had enough of this one: comes back.
                _sockets[at].Dispose();
                _sockets[at] = Connect();
            }
            Act(_sockets[at]);
            Volatile.Write(ref _cpuTicks, Native.ThreadCpuTime().Ticks);
        }
    }

    private bool IsOpen(Socket socket)
    {
        if (!Reads) return !(socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0) && !socket.Poll(0, SelectMode.SelectError);
        while (true)
        {
            int got = socket.Receive(_scratch, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock) return true;
            if (error != SocketError.Success || got == 0) return false;
        }
    }
}
