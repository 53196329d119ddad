using System.Buffers.Binary;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Sluice.Protocol.Tests.Frames;

/// <summary>A frame is one buffer of the exact size, with files between its bytes and never in them.</summary>
public sealed class EncodedFrameTests
{
    [Fact]
    public void A_response_is_a_length_a_header_and_a_body()
    {
        using ResponseFrame frame = ResponseFrame.Encode(new HeartbeatResponse { ErrorCode = ErrorCode.NotCoordinator }, 4, 77, 1);
        Assert.Equal([0, 0, 0, 12, 0, 0, 0, 77, 0, 0, 0, 0, 0, 0, 16, 0], frame.ToArray());
        Assert.Equal(16, frame.WireLength);
        Assert.True(frame.Splices.IsEmpty);
    }

    [Fact]
    public void A_request_gets_the_header_of_its_version()
    {
        using RequestFrame old = RequestFrame.Encode(new HeartbeatRequest { GroupId = "g", MemberId = "m" }, 0, 1, "me");
        Assert.Equal([0, 0, 0, 22, 0, 12, 0, 0, 0, 0, 0, 1, 0, 2, (byte)'m', (byte)'e'], old.ToArray()[..16]);
        using RequestFrame flexible = RequestFrame.Encode(new HeartbeatRequest { GroupId = "g", MemberId = "m" }, 4, 1, null);
        Assert.Equal([0, 0, 0, 21, 0, 12, 0, 4, 0, 0, 0, 1, 0xFF, 0xFF, 0, 2, (byte)'g'], flexible.ToArray()[..17]);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(17)]
    public void Records_in_files_are_noted_where_they_belong_and_not_copied(short version)
    {
        var file = new CountingFile(100_000);
        FetchResponse Response(Func<int, int, Records> records) => new()
        {
            Responses =
            [
                new()
                {
                    Partitions =
                    [
                        new() { PartitionIndex = 0, Records = records(10, 3000) },
                        new() { PartitionIndex = 1, Records = new Records(new byte[] { 1, 2, 3 }) },
                        new() { PartitionIndex = 2, Records = records(5000, 1) },
                        new() { PartitionIndex = 3, Records = records(7000, 0) },
                        new() { PartitionIndex = 4, Records = Records.Null },
                    ],
                },
            ],
        };
        byte[] expected = Response((position, length) => new Records(file.Bytes.AsMemory(position, length))).ToBytes(version);
        short headerVersion = ApiTable.Get(ApiKey.Fetch).ResponseHeaderVersion(version);
        ResponseFrame frame = ResponseFrame.Encode(
            Response((position, length) =>
            {
                file.Retain();
                return new Records(file, position, length);
            }),
            version,
            9,
            headerVersion);

        int header = 4 + 4 + headerVersion;
        Assert.Equal(expected, frame.ToArray()[header..]);
        Assert.Equal(expected.Length + header, frame.WireLength);
        Assert.Equal(frame.WireLength - 4, BinaryPrimitives.ReadInt32BigEndian(frame.Buffer.Span));
        Assert.Equal(frame.WireLength - 3001, frame.Buffer.Length);
        Assert.Equal([10L, 5000L], frame.Splices.ToArray().Select(s => s.Records.Position));
        // An empty region is let go at once.
        Assert.Equal(2, file.Retains);
        frame.Dispose();
        frame.Dispose();
        Assert.Equal(0, file.Retains);
        Assert.Throws<ObjectDisposedException>(() => frame.Buffer);
    }

    [Fact]
    public void Files_stay_with_the_caller_when_a_message_cannot_be_encoded()
    {
        var file = new CountingFile(10);
        file.Retain();
        var response = new FetchResponse
        {
            SessionId = 5,
            Responses = [new() { Partitions = [new() { Records = new Records(file, 0, 10) }] }],
        };
        Assert.Throws<MessageFieldException>(() => ResponseFrame.Encode(response, 4, 1, 0));
        Assert.Equal(1, file.Retains);
    }

    [Fact]
    public void Records_and_bytes_that_are_read_are_slices_of_the_frame()
    {
        byte[] frame = new ProduceRequest { TopicData = [new() { PartitionData = [new() { Records = new Records(new byte[] { 1, 2, 3 }) }] }] }.ToBytes(9);
        var read = new ProduceRequest();
        read.ReadAll(frame.AsMemory(), 9);
        frame.AsSpan().Replace((byte)2, (byte)42);
        Assert.Equal([1, 42, 3], read.TopicData[0].PartitionData[0].Records.Memory.ToArray());
    }

    private sealed class CountingFile : IRecordsFile
    {
        public CountingFile(int length)
        {
            Bytes = new byte[length];
            new Random(length).NextBytes(Bytes);
        }

        public byte[] Bytes { get; }

        public int Retains { get; private set; }

        public int Descriptor => -1;

        public void Read(long position, Span<byte> destination) => Bytes.AsSpan((int)position, destination.Length).CopyTo(destination);

        public void Retain() => Retains++;

        public void Release() => Retains--;
    }
}
