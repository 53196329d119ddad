using Support.Clients;

namespace Compatibility.Clients;

public sealed class KcatClientTests : ClientScenarios
{
    internal override KafkaClient Client { get; } = new Kcat();
}

public sealed class LibrdkafkaTests : DrivenClientScenarios
{
    internal override KafkaClient Client { get; } = new Librdkafka();

    internal override string Codec => "lz4";

    [SkippableFact]
    public Task Nothing_is_lost_with_cooperative_rebalances() => GroupUnderKillsAsync("cooperative-sticky");
}

public sealed class KafkaJsTests : DrivenClientScenarios
{
    internal override KafkaClient Client { get; } = NodeClient.KafkaJs;

    internal override string Codec => "gzip";
}

public sealed class PlatformaticKafkaTests : DrivenClientScenarios
{
    internal override KafkaClient Client { get; } = NodeClient.Platformatic;

    internal override string Codec => "snappy";
}

public sealed class JavaClientTests : ClientScenarios
{
    internal override KafkaClient Client { get; } = new JavaClient();

    internal override string Codec => "zstd";

    // The eager default is what the console consumers use elsewhere.
    internal override string Strategy => "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
}
