using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Benchmarks.Servers;

/// <summary>A broker that the benchmarks start, in a folder of its own.</summary>
internal abstract class Contestant(string name)
{
    /// <summary>What the tables call it.</summary>
    internal string Name { get; } = name;

    /// <summary>Starts it on a folder, which may hold its data of before, and does not wait.</summary>
    internal abstract RunningServer Launch(string folder);

    /// <summary>Starts it and waits until it takes requests.</summary>
    internal RunningServer Start(string folder)
    {
        RunningServer server = Launch(folder);
        server.WaitUntilReady();
        return server;
    }

    /// <summary>A port that was free when it was first asked for; the same for the same folder.</summary>
    protected static int PortOf(string folder, string purpose)
    {
        string file = Path.Combine(folder, purpose + ".port");
        if (!File.Exists(file)) File.WriteAllText(file, FreePort().ToString(CultureInfo.InvariantCulture));
        return int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture);
    }

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
