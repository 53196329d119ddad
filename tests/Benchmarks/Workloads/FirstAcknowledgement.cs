using System.Diagnostics;
using System.Net.Sockets;
using Benchmarks.Driving;
using Benchmarks.Servers;
using Sluice.Protocol;

namespace Benchmarks.Workloads;

/// <summary>How long a process takes from its start until it has acknowledged records for each of some partitions.</summary>
internal static class FirstAcknowledgement
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <returns>The server, the milliseconds, and the processor time it took.</returns>
    internal static (RunningServer Server, double Milliseconds, double CpuMilliseconds) Await(Contestant contestant, string folder, Uuid topic, int partitions)
    {
        ProduceFrame[] frames = ProduceFrame.ForPartitions(topic, partitions, new BatchShape(1, 100));
        long began = Stopwatch.GetTimestamp();
        RunningServer server = contestant.Launch(folder);
        try
        {
            Client client = Connect(server, began);
            using (client)
            {
                foreach (ProduceFrame frame in frames)
                {
                    while (!client.IsAccepted(frame)) Pause(server, began);
                }
            }
            return (server, Stopwatch.GetElapsedTime(began).TotalMilliseconds, server.CpuTime.TotalMilliseconds);
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    private static Client Connect(RunningServer server, long began)
    {
        while (true)
        {
            try
            {
                return new Client(server.Address);
            }
            catch (SocketException)
            {
                Pause(server, began);
            }
        }
    }

    private static void Pause(RunningServer server, long began)
    {
        if (Stopwatch.GetElapsedTime(began) > Patience) throw new TimeoutException($"the server at {server.Address} acknowledged nothing within {Patience.TotalMinutes} min");
        server.ThrowIfEnded();
        Thread.Sleep(1);
    }
}
