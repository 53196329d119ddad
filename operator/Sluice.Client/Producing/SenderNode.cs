namespace Sluice.Client.Producing;

/// <summary>A broker as the sender sees it: what is on the way to it and what could go. The sender's thread alone touches it.</summary>
internal sealed class SenderNode(int id)
{
    public int Id { get; } = id;

    /// <summary>Requests that are not answered.</summary>
    public int InFlight { get; set; }

    /// <summary>A connection is being made.</summary>
    public bool Connecting { get; set; }

    /// <summary>The broker asked to be left alone till then (throttling).</summary>
    public long NotBeforeMs { get; set; }

    /// <summary>Queues with something to send now.</summary>
    public List<PartitionQueue> Ready { get; } = [];
}
