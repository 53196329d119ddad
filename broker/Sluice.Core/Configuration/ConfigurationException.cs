namespace Sluice.Core.Configuration;

/// <summary>Properties that the broker cannot start with. The message lists every fault, one a line, so that one look mends them all.</summary>
public sealed class ConfigurationException(IReadOnlyList<string> errors) : Exception(string.Join(Environment.NewLine, errors))
{
    /// <summary>The faults; each names the property, the value and what to do.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}
