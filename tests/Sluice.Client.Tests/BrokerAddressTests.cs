namespace Sluice.Client.Tests;

public sealed class BrokerAddressTests
{
    [Theory]
    [InlineData("localhost:9092", "localhost", 9092)]
    [InlineData("[::1]:19092", "::1", 19092)]
    [InlineData("10.0.0.7:1", "10.0.0.7", 1)]
    public void An_address_is_read_and_written_back(string text, string host, int port)
    {
        var address = BrokerAddress.Parse(text);
        Assert.Equal(new BrokerAddress(host, port), address);
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData(":9092")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:+1")]
    [InlineData("::1:9092")]
    public void What_is_no_address_is_refused_by_name(string text) =>
        Assert.Contains(text, Assert.Throws<FormatException>(() => BrokerAddress.Parse(text)).Message);

    [Fact]
    public void An_empty_list_is_refused() => Assert.Throws<FormatException>(() => BrokerAddress.ParseList(" , "));
}
