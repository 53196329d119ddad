using System.Buffers.Binary;
using Sluice.Protocol;
using Sluice.Protocol.Frames;
using Support;

namespace Sluice.Network.Tests;

public sealed class SendFileTests : IDisposable
{
    private readonly TestFile _file = new(FramingTests.Pattern(32 * 1024 * 1024, 11));

    [Fact]
    public void Records_in_a_file_are_spliced_between_the_bytes_around_them()
    {
        using var server = new TestServer((_, slot, _) => slot.Complete(Answer([(100, 50_000), (70_000, 6_000), (0, 20), (1_000_000, 3_000_000)])));
        using TestClient client = server.Connect();
        for (int i = 0; i < 5; i++) client.SendFrame("a request"u8);
        byte[] expected = Expected([(100, 50_000), (70_000, 6_000), (0, 20), (1_000_000, 3_000_000)]);
        for (int i = 0; i < 5; i++) Assert.True(expected.AsSpan().SequenceEqual(client.ReceiveFrame()));
        Assert.Equal(0, _file.References);
        Assert.Equal(5 * (50_000 + 6_000 + 3_000_000), server.Loops[0].Counters.BytesSentFromFiles);
        Assert.Equal(5 * 20, _file.BytesCopied);
    }

    [Fact]
    public void A_partial_write_goes_on_where_it_stopped()
    {
        // The smallest send buffer: every part of the answer is cut many times.
        (int, int)[] splices = [(5, 900_000), (10, 5_000), (30, 900_000), (77, 33)];
        using var server = new TestServer((_, slot, _) => slot.Complete(Answer(splices, filler: 30_000)), sendBufferBytes: 4608);
        using var client = new TestClient(server.Acceptor.LocalAddress, receiveBufferBytes: 4096);
        for (int i = 0; i < 3; i++) client.SendFrame("a request"u8);
        byte[] expected = Expected(splices, filler: 30_000);
        for (int i = 0; i < 3; i++) Assert.True(expected.AsSpan().SequenceEqual(client.ReceiveFrame()));
    }

    [Fact]
    public async Task A_file_that_ends_too_early_ends_the_connection()
    {
        using var server = new TestServer((_, slot, _) => slot.Complete(Answer([(32 * 1024 * 1024 - 10_000, 20_000)])));
        using TestClient client = server.Connect();
        client.SendFrame("a request"u8);
        (CloseReason reason, string detail) = await server.NextClosedAsync();
        Assert.Equal(CloseReason.Failure, reason);
        Assert.Contains("ended before the records", detail);
        Assert.Equal(0, _file.References);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_ends_the_connection()
    {
        _file.ReadFailure = new IOException("the disk is gone");
        using var server = new TestServer((_, slot, _) => slot.Complete(Answer([(0, 200)])));
        using TestClient client = server.Connect();
        client.SendFrame("a request"u8);
        (CloseReason reason, string detail) = await server.NextClosedAsync();
        Assert.Equal(CloseReason.Failure, reason);
        Assert.Contains("the disk is gone", detail);
    }

    [Fact]
    public void A_client_that_never_reads_does_not_make_the_broker_buffer()
    {
        using var server = new TestServer(
            (_, slot, _) => slot.Complete(TestServer.Frame(new byte[100_000])),
            new NetworkLimits { UnsentBytesMax = 300_000 },
            sendBufferBytes: 65536);
        using var client = new TestClient(server.Acceptor.LocalAddress, receiveBufferBytes: 65536);
        for (int i = 0; i < 1000; i++) client.SendFrame("a request"u8);
        const int Others = 50;
        using TestClient other = server.Connect();
        for (int i = 0; i < Others; i++)
        {
            other.SendFrame("a request"u8);
            Assert.Equal(100_000, other.ReceiveFrame().Length);
        }
        // Kernel buffers of both sides, the limit and one answer more.
        Assert.InRange(server.Loops[0].Counters.Requests - Others, 1, 15);
        for (int i = 0; i < 1000; i++) Assert.Equal(100_000, client.ReceiveFrame().Length);
    }

    [Fact]
    public async Task A_client_that_never_reads_records_holds_files_only_up_to_the_limit()
    {
        using var server = new TestServer((_, slot, frame) => slot.Complete(frame.Span[0] == 'l' ? TestServer.Frame(frame.Span) : Answer([(0, 8_000_000)])));
        using TestClient client = server.Connect();
        for (int i = 0; i < 200; i++) client.SendFrame("a request"u8);
        using TestClient other = server.Connect();
        other.RoundTrip("later one"u8);
        Assert.InRange(_file.References, 1, 3);
        client.Dispose();
        await Wait.UntilAsync(() => _file.References == 0);
        Assert.Equal(CloseReason.PeerGone, (await server.NextClosedAsync()).Reason);
    }

    [Fact]
    public void A_large_answer_does_not_hold_up_others()
    {
        using var server = new TestServer((_, slot, frame) =>
            slot.Complete(frame.Span[0] == 'L' ? Answer([.. Enumerable.Repeat((0, 32_000_000), 8)]) : TestServer.Frame(frame.Span)));
        using TestClient large = server.Connect();
        using TestClient small = server.Connect();
        large.SendFrame("Large one"u8);
        Task<byte[]> all = Task.Run(large.ReceiveFrame);
        int answered = 0;
        while (!all.IsCompleted)
        {
            small.SendFrame("a small one"u8);
            small.ReceiveFrame();
            answered++;
        }
        Assert.True(answered >= 5, $"only {answered} small requests were answered meanwhile");
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Bytes around and between records of the file.</summary>
    private ResponseFrame Answer((int Position, int Length)[] splices, int filler = 3)
    {
        var message = new RawMessage();
        for (int i = 0; i < splices.Length; i++)
        {
            _file.Retain();
            message.Add(Filler(i, filler)).Add(new Records(_file, splices[i].Position, splices[i].Length));
        }
        return ResponseFrame.Encode(message.Add(Filler(splices.Length, filler)), 0, correlationId: 0, headerVersion: 0);
    }

    private byte[] Expected((int Position, int Length)[] splices, int filler = 3)
    {
        using var all = new MemoryStream();
        all.Write(new byte[4]);
        byte[] length = new byte[4];
        for (int i = 0; i < splices.Length; i++)
        {
            all.Write(Filler(i, filler));
            BinaryPrimitives.WriteInt32BigEndian(length, splices[i].Length);
            all.Write(length);
            all.Write(_file.Content, splices[i].Position, splices[i].Length);
        }
        all.Write(Filler(splices.Length, filler));
        return all.ToArray();
    }

    private static byte[] Filler(int number, int length)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill((byte)(number + 1));
        return bytes;
    }
}

/// <summary>A file of records whose references and copies are counted.</summary>
internal sealed class TestFile : IRecordsFile, IDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle _handle;
    private int _references;
    private long _copied;

    public TestFile(byte[] content)
    {
        Content = content;
        File.WriteAllBytes(_path, content);
        _handle = File.OpenHandle(_path);
    }

    public byte[] Content { get; }

    public Exception? ReadFailure { get; set; }

    public int References => Volatile.Read(ref _references);

    public long BytesCopied => Volatile.Read(ref _copied);

    public int Descriptor => (int)_handle.DangerousGetHandle();

    public void Read(long position, Span<byte> destination)
    {
        if (ReadFailure is not null) throw ReadFailure;
        RandomAccess.Read(_handle, destination, position);
        Interlocked.Add(ref _copied, destination.Length);
    }

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release() => Interlocked.Decrement(ref _references);

    public void Dispose()
    {
        _handle.Dispose();
        File.Delete(_path);
    }
}
