namespace Sluice.Core.Configuration;

/// <summary>What becomes of a setting of Kafka's in this broker.</summary>
public enum ConfigSupport
{
    /// <summary>It does what its documentation says.</summary>
    Works,

    /// <summary>It is kept and reported, and changes nothing; its documentation says why.</summary>
    Accepted,

    /// <summary>Only its default is taken: to accept another value would promise what is not there.</summary>
    Refused,
}
