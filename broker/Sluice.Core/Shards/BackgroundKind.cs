namespace Sluice.Core.Shards;

/// <summary>The kinds of background work; each has threads of its own.</summary>
public enum BackgroundKind
{
    /// <summary>Fsyncs and whatever else somebody waits for who wrote.</summary>
    Writing,

    /// <summary>Looking into compressed batches that are large inside: work for the processor, which must not take it from the shards.</summary>
    Decoding,

    /// <summary>Bringing log data into memory for clients that read far behind the end.</summary>
    Reading,
}
