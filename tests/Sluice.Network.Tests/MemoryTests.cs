using Support;

namespace Sluice.Network.Tests;

/// <summary>Measures the whole process's heap: nothing else may run beside it.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    [Fact]
    public async Task An_idle_connection_holds_less_than_4_KB()
    {
        const int Count = 4000;
        using var server = new TestServer(TestServer.Echo, loops: 2);
        using (TestClient warm = server.Connect())
        {
            warm.SendFrame("a request"u8);
            warm.ReceiveFrame();
        }
        long before = GC.GetTotalMemory(true);
        var sockets = new List<TestClient>(Count);
        for (int i = 0; i < Count; i++)
        {
            var client = server.Connect();
            client.SendFrame(new byte[2000]);
            client.ReceiveFrame();
            sockets.Add(client);
        }
        await Wait.UntilAsync(() => server.Loops.Sum(loop => loop.Counters.Connections) == Count);
        long each = (GC.GetTotalMemory(true) - before) / Count;
        Assert.Equal(0, server.Loops.Sum(loop => loop.Counters.ReceiveBufferBytes));
        // What the test's own client objects take is in it too.
        Assert.InRange(each, 0, 4096);
        foreach (TestClient client in sockets) client.Dispose();
        await Wait.UntilAsync(() => server.Limits.Total == 0);
    }
}
