namespace Sluice.Kubernetes.Configuration;

/// <summary>A kubeconfig or in-cluster account cannot be used; the message names the file, the entry and what to do.</summary>
public sealed class KubeConfigException(string message, Exception? inner = null) : Exception(message, inner);
