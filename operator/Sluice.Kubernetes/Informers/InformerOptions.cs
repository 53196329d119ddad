namespace Sluice.Kubernetes.Informers;

/// <summary>What an informer watches and how.</summary>
public sealed record InformerOptions
{
    /// <summary>One namespace, or null for all.</summary>
    public string? Namespace { get; init; }

    /// <summary>Labels that objects must have.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Fields that objects must have.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>How often the whole cache is handed to the handlers again; a tenth is added at random.</summary>
    public TimeSpan ResyncPeriod { get; init; } = TimeSpan.FromHours(10);

    /// <summary>Reads the first state by a watch with <c>sendInitialEvents</c> instead of a list; a server that can't is asked for a list.</summary>
    public bool StreamInitialState { get; init; }

    /// <summary>Clock for back-off and resync.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
