using System.Buffers.Binary;
using System.Text;
using Hostile.Tests.Brokers;

namespace Hostile.Tests.Rows;

/// <summary>What is wrong before a request's own fields begin.</summary>
[Collection(nameof(SharedBroker))]
public sealed class FrameTests(SharedBroker shared)
{
    private VictimBroker Broker => shared.Broker;

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(352_518_912)]
    public void A_length_that_no_request_has_closes_the_connection_and_takes_no_memory(int length)
    {
        long before = Broker.MemoryBytes;
        for (int i = 0; i < 50; i++)
        {
            using var client = new RawClient(Broker);
            byte[] prefix = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(prefix, length);
            client.Send(prefix);
            Assert.True(client.IsClosed());
        }
        Assert.InRange(Broker.MemoryBytes - before, long.MinValue, 64L * 1024 * 1024);
        Broker.Check();
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: broker\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003")]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n")]
    [InlineData("\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000")]
    public void Another_protocol_on_the_port_is_closed(string bytes)
    {
        using var client = new RawClient(Broker);
        client.Send(Encoding.Latin1.GetBytes(bytes));
        Assert.True(client.IsClosed());
        Broker.Check();
    }

    [Theory]
    [InlineData(short.MaxValue, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, 99)]
    [InlineData(1, -5)]
    [InlineData(4, 0)]
    [InlineData(7, 0)]
    [InlineData(59, 0)]
    [InlineData(72, 0)]
    public void An_API_or_a_version_that_is_not_served_closes_the_connection(short key, short version)
    {
        using var client = new RawClient(Broker);
        client.SendFrame([.. RawClient.Header(key, version), .. new byte[40]]);
        Assert.True(client.IsClosed());
        Broker.Check();
    }

    [Fact]
    public void A_newer_ApiVersions_is_answered_in_version_0()
    {
        using var client = new RawClient(Broker);
        client.SendFrame(RawClient.FlexibleHeader(18, 99));
        byte[] answer = client.ReceiveFrame();
        // UNSUPPORTED_VERSION after the correlation id.
        Assert.Equal(35, BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(4)));
        Broker.Check();
    }

    [Theory]
    [InlineData(0x7FFF)]
    [InlineData(-2)]
    public void A_client_id_whose_length_lies_closes_the_connection(short length)
    {
        using var client = new RawClient(Broker);
        client.SendFrame(0, 3, 0, 1, 0, 0, 0, 1, (byte)(length >> 8), (byte)length, 1, 2, 3);
        // -2 is read as null, as every negative length is; then the body is too short or too long.
        Assert.True(client.IsClosed());
        Broker.Check();
    }

    [Fact]
    public void Bytes_after_a_request_are_passed_over()
    {
        // As in Kafka: librdkafka 2.16 sends some.
        using var client = new RawClient(Broker);
        client.SendFrame([.. RawClient.Header(18, 0), 1, 2, 3]);
        Assert.NotEmpty(client.ReceiveFrame());
        Broker.Check();
    }
}
