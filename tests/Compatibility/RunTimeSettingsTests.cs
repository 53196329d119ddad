using Compatibility.Differential;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Support;

namespace Compatibility;

/// <summary>Settings of a broker that are changed while it runs have their effect at once, and after a kill too.</summary>
public sealed class RunTimeSettingsTests : IDisposable
{
    private const sbyte BrokerType = 4;
    private readonly TestBroker _broker = new();

    [Fact]
    public void The_connections_of_an_address_are_bounded_at_run_time_and_after_a_kill()
    {
        using (BrokerWire wire = Wire())
        {
            Set(wire, ("max.connections.per.ip", "1"));
            Assert.False(Answers(), "a second connection was let in");
            Set(wire, ("max.connections.per.ip.overrides", "127.0.0.1:50,10.0.0.7:2"));
            Assert.True(Answers(), "an address with a bound of its own was refused");
        }

        _broker.KillHard();
        _broker.Start();
        using BrokerWire again = Wire();
        DescribeConfigsResponse described = Ask<DescribeConfigsResponse>(again, new DescribeConfigsRequest { Resources = [new() { ResourceType = BrokerType, ResourceName = "1", ConfigurationKeys = ["max.connections.per.ip"] }] }, 4);
        Assert.Equal(("1", (sbyte)3), described.Results[0].Configs.Select(c => (c.Value, c.ConfigSource)).Single());
        Set(again, ("max.connections.per.ip.overrides", null));
        Wait.Until("a second connection is still let in", TimeSpan.FromSeconds(60), () => !Answers());
        Set(again, ("max.connections.per.ip", null));
        Assert.True(Answers(), "the bound was taken away and still holds");
    }

    [Fact]
    public void All_connections_together_are_bounded_at_run_time()
    {
        using BrokerWire wire = Wire();
        Set(wire, ("max.connections", "1"));
        using (BrokerWire second = new("127.0.0.1", _broker.Port, patienceMs: 2000))
        {
            // Accepting waits: a further connection is not refused, it is not answered until there is room.
            Assert.Null(second.Ask(ApiKey.ApiVersions, 0, BrokerWire.Encode(new ApiVersionsRequest(), 0)).Response);
        }
        Set(wire, ("max.connections", null));
        Wait.Until("no connection is let in although there is room again", TimeSpan.FromSeconds(60), Answers);
    }

    [Fact]
    public void What_would_have_to_be_looked_up_is_refused_at_run_time()
    {
        using BrokerWire wire = Wire();
        IncrementalAlterConfigsResponse.AlterConfigsResourceResponse refused = Alter(wire, ("max.connections.per.ip.overrides", "localhost:5"));
        Assert.Equal(ErrorCode.InvalidRequest, refused.ErrorCode);
        Assert.Contains("localhost is not an address", refused.ErrorMessage);
        Assert.Equal(ErrorCode.InvalidRequest, Alter(wire, ("max.connections.per.ip.overrides", "10.0.0.7")).ErrorCode);
        Assert.Equal(ErrorCode.None, Alter(wire, ("max.connections.per.ip.overrides", "10.0.0.7:1,10.0.0.7:2")).ErrorCode);
        Assert.True(Answers());
    }

    public void Dispose() => _broker.Dispose();

    private BrokerWire Wire()
    {
        var wire = new BrokerWire("127.0.0.1", _broker.Port, patienceMs: 60_000);
        // Connections that are about to be closed may still be counted.
        Wait.Until("the broker does not answer", TimeSpan.FromSeconds(60), () => wire.Ask(ApiKey.ApiVersions, 0, BrokerWire.Encode(new ApiVersionsRequest(), 0)).Response is not null);
        return wire;
    }

    private bool Answers()
    {
        using var wire = new BrokerWire("127.0.0.1", _broker.Port, patienceMs: 60_000);
        return wire.Ask(ApiKey.ApiVersions, 0, BrokerWire.Encode(new ApiVersionsRequest(), 0)).Response is not null;
    }

    private static void Set(BrokerWire wire, (string Name, string? Value) setting)
    {
        IncrementalAlterConfigsResponse.AlterConfigsResourceResponse answer = Alter(wire, setting);
        Assert.True(answer.ErrorCode == ErrorCode.None, answer.ErrorMessage);
    }

    private static IncrementalAlterConfigsResponse.AlterConfigsResourceResponse Alter(BrokerWire wire, (string Name, string? Value) setting) => Ask<IncrementalAlterConfigsResponse>(
        wire,
        new IncrementalAlterConfigsRequest { Resources = [new() { ResourceType = BrokerType, ResourceName = "", Configs = [new() { Name = setting.Name, Value = setting.Value, ConfigOperation = (sbyte)(setting.Value is null ? 1 : 0) }] }] },
        1).Responses[0];

    private static TResponse Ask<TResponse>(BrokerWire wire, IRequest<TResponse> request, short version)
        where TResponse : class, IResponse, new() =>
        Assert.IsType<TResponse>(wire.Ask(request.ApiKey, version, BrokerWire.Encode(request, version)).Response);
}
