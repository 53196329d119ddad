using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Sluice.Client.Tests;

public sealed class KafkaConnectionTests
{
    [Fact]
    public async Task Requests_sent_together_are_answered_each_with_its_own_answer()
    {
        using var broker = new ScriptedBroker((header, body) => header.RequestApiKey == (short)ApiKey.ApiVersions
            ? ScriptedBroker.Body(header, ScriptedBroker.Versions())
            : ScriptedBroker.Body(header, new DescribeClusterResponse { ClusterId = $"{header.CorrelationId}" }));
        await using KafkaConnection connection = await Connect(broker);

        DescribeClusterResponse[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => connection.SendAsync(new DescribeClusterRequest())));

        Assert.Equal(50, answers.Select(a => a.ClusterId).Distinct().Count());
    }

    [Fact]
    public async Task A_broker_that_knows_only_older_handshakes_is_asked_again_in_version_0()
    {
        using var broker = new ScriptedBroker((header, _) =>
        {
            ApiVersionsResponse response = ScriptedBroker.Versions();
            if (header.RequestApiVersion > 0) response = new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion };
            return ScriptedBroker.Body(header, response, 0);
        });
        await using KafkaConnection connection = await Connect(broker);

        Assert.Equal(ApiTable.Get(ApiKey.Metadata).MaxVersion, connection.VersionFor(ApiKey.Metadata));
    }

    [Fact]
    public async Task An_answer_with_a_wrong_correlation_id_closes_the_connection_and_fails_what_waits()
    {
        using var broker = new ScriptedBroker((header, _) =>
        {
            if (header.RequestApiKey == (short)ApiKey.ApiVersions) return ScriptedBroker.Body(header, ScriptedBroker.Versions());
            header.CorrelationId += 7;
            return ScriptedBroker.Body(header, new DescribeClusterResponse());
        });
        await using KafkaConnection connection = await Connect(broker);

        await Assert.ThrowsAsync<BrokerUnreachableException>(() => connection.SendAsync(new DescribeClusterRequest()));
        Assert.False(connection.IsOpen);
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => connection.SendAsync(new DescribeClusterRequest()));
    }

    [Fact]
    public async Task An_answer_larger_than_the_limit_is_refused_before_memory_is_taken()
    {
        using var broker = new ScriptedBroker((header, _) => header.RequestApiKey == (short)ApiKey.ApiVersions
            ? ScriptedBroker.Body(header, ScriptedBroker.Versions())
            : new byte[100_000]);
        await using KafkaConnection connection = await KafkaConnection.ConnectAsync(BrokerAddress.Parse(broker.Address), Options(broker) with { ResponseBytesMax = 50_000 });

        var e = await Assert.ThrowsAsync<BrokerUnreachableException>(() => connection.SendAsync(new DescribeClusterRequest()));
        Assert.Contains("100000", e.Message);
    }

    [Fact]
    public async Task No_answer_in_time_fails_the_request_and_closes_the_connection()
    {
        using var never = new ManualResetEventSlim();
        using var broker = new ScriptedBroker((header, _) =>
        {
            if (header.RequestApiKey == (short)ApiKey.ApiVersions) return ScriptedBroker.Body(header, ScriptedBroker.Versions());
            never.Wait(TimeSpan.FromSeconds(30));
            return null;
        });
        await using KafkaConnection connection = await KafkaConnection.ConnectAsync(
            BrokerAddress.Parse(broker.Address), Options(broker) with { RequestTimeout = TimeSpan.FromMilliseconds(100) });

        var e = await Assert.ThrowsAsync<BrokerUnreachableException>(() => connection.SendAsync(new DescribeClusterRequest()));
        never.Set();
        Assert.Contains("DescribeCluster", e.Message);
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task A_version_that_the_broker_lacks_is_refused_before_anything_is_sent()
    {
        using var broker = new ScriptedBroker((header, _) => ScriptedBroker.Body(header, new ApiVersionsResponse
        {
            ApiKeys = [new ApiVersionsResponse.ApiVersion { ApiKey = (short)ApiKey.Metadata, MinVersion = 90, MaxVersion = 95 }],
        }));
        await using KafkaConnection connection = await Connect(broker);

        Assert.Equal(ErrorCode.UnsupportedVersion, Assert.Throws<KafkaException>(() => connection.VersionFor(ApiKey.Metadata)).Code);
        Assert.Equal(ErrorCode.UnsupportedVersion, Assert.Throws<KafkaException>(() => connection.VersionFor(ApiKey.Fetch)).Code);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_named_in_the_error()
    {
        string address;
        using (var broker = new ScriptedBroker((_, _) => null)) address = broker.Address;
        var e = await Assert.ThrowsAsync<BrokerUnreachableException>(() => KafkaConnection.ConnectAsync(BrokerAddress.Parse(address), new ClientOptions { BootstrapServers = address }));
        Assert.Contains(address, e.Message);
    }

    private static ClientOptions Options(ScriptedBroker broker) => new() { BootstrapServers = broker.Address };

    private static Task<KafkaConnection> Connect(ScriptedBroker broker) => KafkaConnection.ConnectAsync(BrokerAddress.Parse(broker.Address), Options(broker));
}
