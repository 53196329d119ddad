using System.Net;
using Sluice.Broker.Startup;
using Sluice.Core.Configuration;

namespace Sluice.Broker.Tests;

public sealed class NetworkSettingsTests
{
    [Fact]
    public void Properties_become_limits_and_listeners()
    {
        NetworkSettings settings = Of(
            ("listeners", "PLAINTEXT://127.0.0.1:19092,OTHER://:19093"),
            ("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,OTHER:PLAINTEXT"),
            ("socket.request.max.bytes", "5000000"),
            ("connections.max.idle.ms", "1234"),
            ("max.connections", "10"),
            ("max.connections.per.ip", "3"),
            ("max.connection.creation.rate", "7"),
            ("max.connections.per.ip.overrides", "10.0.0.7:200,127.0.0.1:5"),
            ("queued.max.request.bytes", "200000000"),
            ("socket.send.buffer.bytes", "65536"),
            ("sluice.socket.congestion.control", "reno"),
            ("sluice.http.listen", "127.0.0.1:9404"));
        Assert.Equal(5_000_000, settings.Limits.RequestBytesMax);
        Assert.Equal(1234, settings.Limits.ConnectionIdleMsMax);
        Assert.Equal(10, settings.Limits.ConnectionsMax);
        Assert.Equal(3, settings.Limits.ConnectionsAnAddressMax);
        Assert.Equal(7, settings.Limits.ConnectionsASecondMax);
        Assert.Equal([true, false], settings.Listeners.Select(listener => listener.IsProtected));
        Assert.Equal(100_000_000, settings.Limits.ReceiveBytesMax);
        Assert.Equal(200, settings.AddressOverrides[IPAddress.Parse("10.0.0.7")]);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:19092"), settings.Listeners[0].Address);
        Assert.Equal(IPAddress.IPv6Any, settings.Listeners[1].Address.Address);
        Assert.Equal(65536, settings.Listeners[0].SendBufferBytes);
        Assert.Null(settings.Listeners[0].ReceiveBufferBytes);
        Assert.Equal("reno", settings.Listeners[0].CongestionControl);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:9404"), settings.Http);
    }

    [Theory]
    [InlineData("sluice.http.listen", "9404", "is not HOST:PORT")]
    [InlineData("max.connections.per.ip.overrides", "10.0.0.7", "is not address:count")]
    [InlineData("listeners", "PLAINTEXT://no-such-host.invalid:9092", "cannot be resolved")]
    public void A_malformed_address_is_refused(string name, string value, string expected) =>
        Assert.Contains(expected, Assert.Throws<ConfigurationException>(() => Of((name, value))).Message);

    private static NetworkSettings Of(params (string Name, string Value)[] properties)
    {
        var all = new Dictionary<string, string> { ["node.id"] = "1", ["log.dirs"] = "/x" };
        foreach ((string name, string value) in properties) all[name] = value;
        return NetworkSettings.From(BrokerConfigs.Parse(all), shards: 2);
    }
}
