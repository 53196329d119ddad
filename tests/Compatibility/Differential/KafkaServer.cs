using Support;

namespace Compatibility.Differential;

/// <summary>A real Apache Kafka of one node, for as long as the object lives: that of the judges, or one in a container where they are absent.</summary>
internal abstract class KafkaServer : IDisposable
{
    /// <summary>The address for clients.</summary>
    public abstract string Bootstrap { get; }

    /// <summary>Its data directory, as it names it itself.</summary>
    public abstract string Data { get; }

    /// <summary>Starts one; skips the calling test where it can be neither a process nor a container.</summary>
    public static KafkaServer Start() => Judges.HasKafka || !ContainerEngine.IsThere ? new LocalKafka() : new ContainerKafka();

    public abstract void Dispose();
}
