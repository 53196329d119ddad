namespace Sluice.Core.Nodes;

/// <summary>The node cannot start with its data directory as it is. The message says what is wrong and what to do.</summary>
public sealed class NodeStartException(string message, Exception? inner = null) : Exception(message, inner);
