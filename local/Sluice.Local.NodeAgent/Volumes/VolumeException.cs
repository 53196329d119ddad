namespace Sluice.Local.NodeAgent.Volumes;

/// <summary>A volume cannot be made now; the pod waits with an event FailedMount and tries again.</summary>
internal sealed class VolumeException(string message) : Exception(message);
