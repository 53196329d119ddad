namespace Sluice.Protocol.Tables;

/// <summary>Which kinds of node serve an API.</summary>
[Flags]
public enum ApiListeners
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Brokers, to clients and to each other.</summary>
    Broker = 1,

    /// <summary>Controllers.</summary>
    Controller = 2,
}
