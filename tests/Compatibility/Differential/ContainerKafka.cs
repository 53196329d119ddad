using Testcontainers.Kafka;

namespace Compatibility.Differential;

/// <summary>Apache Kafka's own image, run by the container engine of this machine.</summary>
internal sealed class ContainerKafka : KafkaServer
{
    private const string Image = "apache/kafka:4.3.1";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly KafkaContainer _container;

    public ContainerKafka()
    {
        KafkaBuilder builder = new KafkaBuilder(Image).WithKRaft();
        foreach (string setting in Suite.Settings)
        {
            string[] parts = setting.Split('=', 2);
            builder = builder.WithEnvironment($"KAFKA_{parts[0].Replace('.', '_').ToUpperInvariant()}", parts[1]);
        }

        _container = builder.Build();
        using var limit = new CancellationTokenSource(Patience);
        _container.StartAsync(limit.Token).GetAwaiter().GetResult();
        Bootstrap = $"{_container.Hostname}:{_container.GetMappedPublicPort(KafkaBuilder.KafkaPort)}";
    }

    public override string Bootstrap { get; }

    public override string Data => "/tmp/kraft-combined-logs";

    public override void Dispose() => _container.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
