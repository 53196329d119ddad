using System.Collections.Concurrent;
using Sluice.Network.Connections;
using Support;

namespace Sluice.Network.Tests;

public sealed class PipeliningTests
{
    [Fact]
    public async Task Answers_leave_in_order_whatever_the_order_of_completion()
    {
        var slots = new ConcurrentQueue<(RequestSlot Slot, byte[] Body)>();
        using var server = new TestServer((_, slot, frame) => slots.Enqueue((slot, frame.ToArray())));
        using TestClient client = server.Connect();
        for (int i = 0; i < 100; i++) client.SendFrame(BitConverter.GetBytes((long)i));
        await Wait.UntilAsync(() => slots.Count == 100);
        (RequestSlot Slot, byte[] Body)[] shuffled = [.. slots];
        new Random(7).Shuffle(shuffled);
        foreach ((RequestSlot slot, byte[] body) in shuffled) server.Loops[0].Post(new Work(() => slot.Complete(TestServer.Frame(body))));
        for (int i = 0; i < 100; i++) Assert.Equal(i, BitConverter.ToInt64(client.ReceiveFrame()));
    }

    [Fact]
    public void Requests_without_an_answer_leave_no_gap()
    {
        using var server = new TestServer((_, slot, frame) => slot.Complete(frame.Span[0] % 3 == 0 ? null : TestServer.Frame(frame.Span)));
        using TestClient client = server.Connect();
        for (int i = 0; i < 90; i++) client.SendFrame(BitConverter.GetBytes((long)i));
        for (int i = 0; i < 90; i++)
        {
            if (i % 3 != 0) Assert.Equal(i, BitConverter.ToInt64(client.ReceiveFrame()));
        }
    }

    [Fact]
    public async Task Reading_stops_at_the_limit_of_requests_in_flight()
    {
        var slots = new ConcurrentQueue<(RequestSlot Slot, byte[] Body)>();
        int inFlight = 0, mostInFlight = 0; // of the loop's thread
        using var server = new TestServer(
            (_, slot, frame) =>
            {
                mostInFlight = Math.Max(mostInFlight, ++inFlight);
                slots.Enqueue((slot, frame.ToArray()));
            },
            new NetworkLimits { RequestsInFlightMax = 5 });
        using TestClient client = server.Connect();
        for (int i = 0; i < 100; i++) client.SendFrame(BitConverter.GetBytes((long)i));
        await Wait.UntilAsync(() => slots.Count == 5);
        for (int i = 0; i < 100; i++)
        {
            await Wait.UntilAsync(() => !slots.IsEmpty);
            slots.TryDequeue(out (RequestSlot Slot, byte[] Body) request);
            server.Loops[0].Post(new Work(() =>
            {
                inFlight--;
                request.Slot.Complete(TestServer.Frame(request.Body));
            }));
            Assert.Equal(i, BitConverter.ToInt64(client.ReceiveFrame()));
        }
        Assert.Equal(5, mostInFlight);
    }

    [Fact]
    public async Task Reading_stops_at_the_limit_of_request_bytes_in_flight()
    {
        var slots = new ConcurrentQueue<RequestSlot>();
        int inFlight = 0, mostInFlight = 0; // of the loop's thread
        using var server = new TestServer(
            (_, slot, frame) =>
            {
                if (frame.Span[0] == 'l')
                {
                    slot.Complete(TestServer.Frame(frame.Span));
                    return;
                }
                mostInFlight = Math.Max(mostInFlight, ++inFlight);
                slots.Enqueue(slot);
            },
            new NetworkLimits { RequestBytesInFlightMax = 256 * 1024 });
        using TestClient client = server.Connect();
        Task writer = Task.Run(() =>
        {
            for (int i = 0; i < 100; i++) client.SendFrame(new byte[100_000]);
        });
        await Wait.UntilAsync(() => slots.Count >= 2);
        using TestClient other = server.Connect();
        other.RoundTrip("later one"u8);
        Assert.InRange(server.Loops[0].Counters.ReceiveBufferBytes, 200_000, 700_000);
        for (int i = 0; i < 100; i++)
        {
            await Wait.UntilAsync(() => !slots.IsEmpty);
            slots.TryDequeue(out RequestSlot? slot);
            server.Loops[0].Post(new Work(() =>
            {
                inFlight--;
                slot!.Complete(TestServer.Frame("done"u8));
            }));
        }
        await writer;
        for (int i = 0; i < 100; i++) Assert.Equal("done"u8.ToArray(), client.ReceiveFrame());
        Assert.InRange(mostInFlight, 2, 3);
    }

    [Fact]
    public async Task A_request_is_completed_once_and_on_its_own_thread()
    {
        var outcome = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var kept = new TaskCompletionSource<RequestSlot>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var server = new TestServer((_, slot, frame) =>
        {
            if (frame.Span[0] == 'k')
            {
                kept.SetResult(slot);
                return;
            }
            slot.Complete(TestServer.Frame(frame.Span));
            outcome.SetResult(Record.Exception(() => slot.Complete(TestServer.Frame("again"u8))));
        });
        using TestClient client = server.Connect();
        client.SendFrame("request1"u8);
        Assert.IsType<InvalidOperationException>(await outcome.Task);
        Assert.Equal("request1"u8.ToArray(), client.ReceiveFrame());
        client.SendFrame("keep this"u8);
        RequestSlot open = await kept.Task;
        Assert.Throws<InvalidOperationException>(() => open.Complete(null));
        server.Loops[0].Post(new Work(() => open.Complete(null)));
    }

    [Fact]
    public async Task Request_bytes_stay_valid_until_the_answer_even_when_the_client_left()
    {
        var requests = new ConcurrentQueue<(RequestSlot Slot, ReadOnlyMemory<byte> Frame)>();
        using var server = new TestServer((_, slot, frame) => requests.Enqueue((slot, frame)));
        byte[] body = FramingTests.Pattern(5000, 3);
        using (TestClient client = server.Connect())
        {
            client.SendFrame(body);
            client.SendFrame(body);
            await Wait.UntilAsync(() => requests.Count == 2);
            // A reset, not an orderly end: nobody is left to take the answers.
            client.Socket.LingerState = new System.Net.Sockets.LingerOption(true, 0);
        }
        await Wait.UntilAsync(() => !server.Closed.IsEmpty);
        using (TestClient other = server.Connect())
        {
            for (int i = 0; i < 50; i++) other.SendFrame(FramingTests.Pattern(5000, 4));
            await Wait.UntilAsync(() => requests.Count == 52);
        }
        foreach ((_, ReadOnlyMemory<byte> frame) in requests.Take(2)) Assert.Equal(body, frame.ToArray());
        foreach ((RequestSlot slot, _) in requests) server.Loops[0].Post(new Work(() => slot.Complete(null)));
        await Wait.UntilAsync(() => server.Loops[0].Counters.ReceiveBufferBytes == 0);
    }

    [Fact]
    public void Throughput_is_not_lost_to_small_answers()
    {
        using var server = new TestServer(TestServer.Echo, spinMicroseconds: 50);
        using TestClient client = server.Connect();
        const int Rounds = 2000;
        byte[] sixteen = new byte[16 * 108];
        for (int i = 0; i < 16; i++) sixteen[(i * 108) + 3] = 104;
        long turnsBefore = server.Loops[0].Counters.Turns;
        for (int round = 0; round < Rounds; round++)
        {
            client.Send(sixteen);
            client.ReceiveExactly(sixteen.Length);
        }
        // Sixteen requests that arrive together are served in one turn and answered by one call.
        Assert.InRange(server.Loops[0].Counters.Turns - turnsBefore, 1, Rounds * 200);
        Assert.Equal(Rounds * 16, server.Loops[0].Counters.Requests);
    }
}
