using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Network.Connections;
using Sluice.Network.Loops;
using Sluice.Protocol;
using Support;

namespace Sluice.Network.Tests;

public sealed class FramingTests
{
    [Fact]
    public void A_request_is_answered()
    {
        using var server = new TestServer(TestServer.Echo);
        using TestClient client = server.Connect();
        client.SendFrame("a request"u8);
        Assert.Equal("a request"u8.ToArray(), client.ReceiveFrame());
    }

    [Fact]
    public void A_request_may_arrive_byte_by_byte()
    {
        using var server = new TestServer(TestServer.Echo);
        using TestClient client = server.Connect();
        byte[] bytes = [0, 0, 0, 12, .. "twelve bytes"u8, 0, 0, 0, 8, .. "8 bytes!"u8];
        foreach (byte one in bytes)
        {
            client.Send([one]);
            Thread.Sleep(1);
        }
        Assert.Equal("twelve bytes"u8.ToArray(), client.ReceiveFrame());
        Assert.Equal("8 bytes!"u8.ToArray(), client.ReceiveFrame());
    }

    [Fact]
    public void Any_cutting_of_any_frames_gives_the_same_frames()
    {
        using var server = new TestServer(TestServer.Echo, new NetworkLimits { RequestsInFlightMax = 3 });
        Gen<(int[] Lengths, int[] Cuts)> gen =
            from lengths in Gen.NonEmptyListOf(Gen.OneOf(Gen.Choose(8, 300), Gen.Choose(60_000, 140_000)))
            from cuts in Gen.ListOf(Gen.OneOf(Gen.Choose(1, 9), Gen.Choose(1000, 90_000)))
            select (lengths.Take(20).ToArray(), cuts.Take(40).ToArray());
        Prop.ForAll(gen.ToArbitrary(), sample =>
        {
            using TestClient client = server.Connect();
            using var all = new MemoryStream();
            for (int i = 0; i < sample.Lengths.Length; i++)
            {
                all.Write([0, (byte)(sample.Lengths[i] >> 16), (byte)(sample.Lengths[i] >> 8), (byte)sample.Lengths[i]]);
                all.Write(Pattern(sample.Lengths[i], i));
            }
            Task writer = Task.Run(() =>
            {
                ReadOnlySpan<byte> rest = all.ToArray();
                foreach (int cut in sample.Cuts)
                {
                    int take = Math.Min(cut, rest.Length);
                    client.Send(rest[..take]);
                    rest = rest[take..];
                }
                client.Send(rest);
            });
            bool same = true;
            for (int i = 0; i < sample.Lengths.Length; i++) same &= client.ReceiveFrame().AsSpan().SequenceEqual(Pattern(sample.Lengths[i], i));
            writer.GetAwaiter().GetResult();
            return same;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Fact]
    public async Task A_large_frame_arrives_whole()
    {
        using var server = new TestServer(TestServer.Echo);
        using TestClient client = server.Connect();
        client.SendFrame(Pattern(100, 1));
        Assert.Equal(Pattern(100, 1), client.ReceiveFrame());
        byte[] large = Pattern(20 * 1024 * 1024 + 7, 2);
        Task writer = Task.Run(() => client.SendFrame(large));
        byte[] answer = client.ReceiveFrame();
        await writer;
        Assert.True(large.AsSpan().SequenceEqual(answer));
    }

    [Fact]
    public async Task A_lie_in_the_length_takes_no_memory()
    {
        using var server = new TestServer(TestServer.Echo);
        using TestClient client = server.Connect();
        client.SendFrame(Pattern(100, 1));
        client.ReceiveFrame();
        byte[] lie = new byte[4 + 1000];
        BinaryPrimitives.WriteInt32BigEndian(lie, 100 * 1024 * 1024);
        client.Send(lie);
        await Wait.UntilAsync(() => server.Loops[0].Counters.BytesReceived >= 104 + lie.Length);
        await Wait.UntilAsync(() => server.Loops[0].Counters.ReceiveBufferBytes > 0);
        Assert.InRange(server.Loops[0].Counters.ReceiveBufferBytes, 1, 8192);
    }

    public static TheoryData<byte[], string> BadBeginnings => new()
    {
        { [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01], "looks like TLS" },
        { Encoding.ASCII.GetBytes("GET /metrics HTTP/1.1\r\n\r\n"), "looks like an HTTP request" },
        { Encoding.ASCII.GetBytes("SSH-2.0-OpenSSH_9.2\r\n"), "looks like SSH" },
        { [0xff, 0xff, 0xff, 0xff], "negative" },
        { [0, 0, 0, 3, 1, 2, 3], "cannot hold a header" },
        { [0, 0, 0, 0], "cannot hold a header" },
        { [0x7f, 0xff, 0xff, 0xff], "socket.request.max.bytes (104857600)" },
    };

    [Theory]
    [MemberData(nameof(BadBeginnings))]
    public async Task A_bad_beginning_closes_only_its_connection_and_says_why(byte[] bytes, string expected)
    {
        using var server = new TestServer(TestServer.Echo);
        using TestClient good = server.Connect();
        using TestClient bad = server.Connect();
        good.SendFrame("request1"u8);
        bad.Send(bytes);
        Assert.True(bad.IsEnded());
        (CloseReason reason, string detail) = await server.NextClosedAsync();
        Assert.Equal(CloseReason.BadRequest, reason);
        Assert.Contains(expected, detail);
        good.SendFrame("request2"u8);
        Assert.Equal("request1"u8.ToArray(), good.ReceiveFrame());
        Assert.Equal("request2"u8.ToArray(), good.ReceiveFrame());
    }

    [Fact]
    public void The_first_request_of_a_connection_may_be_a_large_one()
    {
        // Clients that know the versions of one broker begin with a Produce of some MiB at the next (KafkaJS).
        using var server = new TestServer(TestServer.Echo);
        using TestClient client = server.Connect();
        byte[] request = Pattern(3 * 1024 * 1024, 1);
        client.SendFrame(request);
        Assert.Equal(request, client.ReceiveFrame());
    }

    [Fact]
    public async Task A_first_request_above_its_own_limit_is_refused()
    {
        using var server = new TestServer(TestServer.Echo, new NetworkLimits { FirstRequestBytesMax = 512 * 1024 });
        using TestClient client = server.Connect();
        client.Send([0x00, 0x10, 0x00, 0x00]);
        Assert.True(client.IsEnded());
        Assert.Contains("before its first valid request", (await server.NextClosedAsync()).Detail);
    }

    [Fact]
    public async Task A_frame_above_the_limit_names_the_setting()
    {
        using var server = new TestServer(TestServer.Echo, new NetworkLimits { RequestBytesMax = 1000 });
        using TestClient client = server.Connect();
        client.SendFrame(Pattern(1000, 1));
        client.ReceiveFrame();
        client.Send([0, 0, 0x03, 0xe9]);
        Assert.True(client.IsEnded());
        Assert.Contains("socket.request.max.bytes (1000)", (await server.NextClosedAsync()).Detail);
    }

    [Fact]
    public async Task A_malformed_request_ends_the_connection_after_the_answers_before_it()
    {
        var first = new TaskCompletionSource<RequestSlot>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var server = new TestServer((_, slot, frame) =>
        {
            if (frame.Span[0] == 'm') throw new ProtocolException("the topic name is cut off at byte 12");
            if (frame.Span[0] == 'l') slot.Complete(TestServer.Frame(frame.Span));
            else first.SetResult(slot);
        });
        using TestClient client = server.Connect();
        client.SendFrame("a good one"u8);
        client.SendFrame("malformed"u8);
        RequestSlot slot = await first.Task;
        using TestClient other = server.Connect();
        other.RoundTrip("later one"u8);
        Assert.Empty(server.Closed);
        server.Loops[0].Post(new Work(() => slot.Complete(TestServer.Frame("answered"u8))));
        Assert.Equal("answered"u8.ToArray(), client.ReceiveFrame());
        Assert.True(client.IsEnded());
        (CloseReason reason, string detail) = await server.NextClosedAsync();
        Assert.Equal(CloseReason.BadRequest, reason);
        Assert.Equal("the topic name is cut off at byte 12", detail);
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_a_request_is_told_from_one_that_is_done()
    {
        using var server = new TestServer(TestServer.Echo);
        using (TestClient client = server.Connect()) client.Send([0, 0, 0, 100, 1, 2]);
        Assert.Equal(CloseReason.PeerGone, (await server.NextClosedAsync()).Reason);
        using (TestClient client = server.Connect())
        {
            client.SendFrame("a request"u8);
            client.ReceiveFrame();
        }
        Assert.Equal(CloseReason.PeerClosed, (await server.NextClosedAsync()).Reason);
    }

    [Fact]
    public void A_client_that_finished_writing_still_gets_its_answers()
    {
        using var server = new TestServer(TestServer.Echo);
        using TestClient client = server.Connect();
        for (int i = 0; i < 300; i++) client.SendFrame(Pattern(100, i));
        client.Socket.Shutdown(SocketShutdown.Send);
        for (int i = 0; i < 300; i++) Assert.Equal(Pattern(100, i), client.ReceiveFrame());
        Assert.True(client.IsEnded());
    }

    internal static byte[] Pattern(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

internal sealed class Work(Action action) : IWorkItem
{
    public void Execute() => action();
}
