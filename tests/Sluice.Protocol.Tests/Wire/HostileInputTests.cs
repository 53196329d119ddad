using Sluice.Protocol.Messages;
using Sluice.Protocol.Tests.Golden;
using Sluice.Protocol.Tests.Support;
using Sluice.Protocol.Wire;

namespace Sluice.Protocol.Tests.Wire;

/// <summary>Bytes that no honest peer sends end in a ProtocolException, within time and memory in proportion to their number.</summary>
public sealed class HostileInputTests
{
    public static TheoryData<string> Names => Schemas.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_cut_at_any_byte_is_refused(string name)
    {
        IMessage read = Schemas.New(name);
        foreach (GoldenMessage golden in GoldenFile.Messages(name).Where(m => m.Variant is "full" or "nulls"))
        {
            for (int length = 0; length < golden.Bytes.Length; length++)
            {
                ReadOnlyMemory<byte> cut = golden.Bytes.AsMemory(0, length);
                Assert.Throws<ProtocolException>(() => read.ReadAll(cut, golden.Version));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_with_any_byte_changed_is_read_or_refused(string name)
    {
        IMessage read = Schemas.New(name);
        foreach (GoldenMessage golden in GoldenFile.Messages(name).Where(m => m.Variant == "nulls"))
        {
            byte[] bytes = [.. golden.Bytes];
            for (int at = 0; at < bytes.Length; at++)
            {
                foreach (byte value in (byte[])[0, 1, 0x7F, 0x80, 0xFF])
                {
                    bytes[at] = value;
                    Survives(read, bytes, golden.Version);
                }
                bytes[at] = golden.Bytes[at];
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_budget_is_charged_for_what_is_made(string name)
    {
        foreach (short version in Schemas.Versions(name))
        {
            byte[] bytes = MessageFiller.New(name, version, new RandomSource(version, elementsMax: 5)).ToBytes(version);
            for (int round = 0; round < 2; round++)
            {
                IMessage read = Schemas.New(name);
                var reader = new WireReader(bytes, long.MaxValue);
                long before = GC.GetAllocatedBytesForCurrentThread();
                read.Read(ref reader, version);
                long made = GC.GetAllocatedBytesForCurrentThread() - before;
                long charged = long.MaxValue - reader.Budget;
                // The first round also pays for the code that is compiled.
                if (round == 1) Assert.True(made <= charged + (charged / 4) + 2048, $"{name} version {version}: {made} bytes made, {charged} charged");
            }
        }
    }

    [Fact]
    public void A_count_beyond_the_frame_is_refused_before_memory_is_taken()
    {
        byte[] bytes = [0x7F, 0xFF, 0xFF, 0xFF, 0, 1];
        Refused(new DescribeGroupsRequest(), bytes, 0, "2147483647 elements");
        Refused(new MetadataRequest(), bytes, 1, "2147483647 elements");
        Refused(new ElectLeadersRequest(), [0, .. bytes], 1, "2147483647 elements");
    }

    [Fact]
    public void A_count_of_objects_that_fits_by_their_least_size_is_still_bounded_by_the_budget()
    {
        // 20 million topics of 2 bytes each would be a gigabyte of objects.
        byte[] bytes = new byte[40_000_004];
        bytes[0] = 20_000_000 >> 24;
        bytes[1] = 20_000_000 >> 16 & 0xFF;
        bytes[2] = 20_000_000 >> 8 & 0xFF;
        bytes[3] = 20_000_000 & 0xFF;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(new MetadataRequest(), bytes, 1, "more objects than its size allows");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 2 * AllocationBudget.UntrustedMax);
    }

    [Fact]
    public void Many_empty_strings_cost_no_more_than_their_places()
    {
        byte[] bytes = new byte[2_000_004];
        new byte[] { 0, 0x0F, 0x42, 0x40 }.CopyTo(bytes, 0);
        var request = new DescribeGroupsRequest();
        request.ReadAll(bytes.AsMemory(0, 2_000_004), 0);
        Assert.Equal(1_000_000, request.Groups.Count);
    }

    [Fact]
    public void Lengths_beyond_the_frame_are_refused()
    {
        Refused(new TopicRecord(), [0xFF, 0xFF, 0x01, 1, 2], 0, "32766 bytes are needed");
        Refused(new TopicRecord(), [0xFF, 0xFF, 0x03, 1, 2], 0, "a string has 65534 bytes");
        Refused(new TopicRecord(), [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], 0, "beyond 2^31-1");
        Refused(new TopicRecord(), [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], 0, "5 bytes");
        Refused(new SaslAuthenticateRequest(), [0x7F, 0xFF, 0xFF, 0xFF, 1], 0, "2147483647 bytes are needed");
    }

    [Fact]
    public void A_null_where_none_may_be_is_refused_by_name()
    {
        Refused(new TopicRecord(), [0], 0, "TopicRecord.Name is null");
        Refused(new DescribeGroupsRequest(), [0xFF, 0xFF, 0xFF, 0xFE], 0, "DescribeGroupsRequest.Groups is null");
        Refused(new DescribeGroupsRequest(), [0, 0, 0, 1, 0xFF, 0xFF], 0, "strings holds null");
        Refused(new SaslAuthenticateRequest(), [0xFF, 0xFF, 0xFF, 0xFF], 0, "SaslAuthenticateRequest.AuthBytes is null");
        Refused(new MetadataRequest(), [0xFF, 0xFF, 0xFF, 0xFF], 0, "MetadataRequest.Topics is null");
    }

    [Theory]
    [InlineData(new byte[] { 1, 5, 2, 0 }, "tag 5 has 2 bytes")]
    [InlineData(new byte[] { 0x7F, 5, 0 }, "127 tagged fields")]
    [InlineData(new byte[] { 1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0 }, "beyond 2^31-1")]
    public void Bad_tags_are_refused(byte[] tags, string why)
    {
        // ResponseHeader version 1: a correlation id, then tags.
        Refused(new ResponseHeader(), [0, 0, 0, 1, .. tags], 1, why);
    }

    [Fact]
    public void Tags_are_taken_and_refused_as_Kafka_does()
    {
        foreach (string[] row in GoldenFile.Rows("tags"))
        {
            byte[] header = [0, 0, 0, 1, .. Convert.FromHexString(row[1])];
            Exception? error = Record.Exception(() => new ResponseHeader().ReadAll(header.AsMemory(), 1));
            Assert.Equal((row[1], row[2]), (row[1], error is null ? "taken" : "refused"));
        }
    }

    [Fact]
    public void Of_the_same_tag_the_last_one_counts()
    {
        byte[] bytes = new FetchRequest { MaxBytes = 1 }.ToBytes(13);
        var read = new FetchRequest();
        read.ReadAll(((byte[])[.. bytes[..^1], 2, 0, 2, 2, (byte)'a', 0, 2, 2, (byte)'b']).AsMemory(), 13);
        Assert.Equal("b", read.ClusterId);
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 3, 4, (byte)'c', (byte)'i', (byte)'d' }, "are needed")]
    [InlineData(new byte[] { 1, 0, 6, 4, (byte)'c', (byte)'i', (byte)'d', 0, 0 }, "more than its type")]
    public void A_known_tag_of_the_wrong_size_is_refused(byte[] tags, string why)
    {
        byte[] bytes = new FetchRequest { MaxBytes = 1 }.ToBytes(13);
        Assert.Equal(0, bytes[^1]);
        Refused(new FetchRequest(), [.. bytes[..^1], .. tags], 13, why);
    }

    [Fact]
    public void What_is_left_after_a_message_is_refused() =>
        Refused(new ResponseHeader(), [0, 0, 0, 1, 9], 0, "1 bytes are left");

    internal static void Survives(IMessage message, ReadOnlyMemory<byte> bytes, short version)
    {
        try
        {
            message.ReadAll(bytes, version);
        }
        catch (ProtocolException)
        {
            // Refusing is as good as reading; any other exception fails the test.
        }
    }

    private static void Refused(IMessage message, byte[] bytes, short version, string why) =>
        Assert.Contains(why, Assert.Throws<ProtocolException>(() => message.ReadAll(bytes.AsMemory(), version)).Message, StringComparison.Ordinal);
}
