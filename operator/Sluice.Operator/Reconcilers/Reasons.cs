namespace Sluice.Operator.Reconcilers;

/// <summary>Reasons of conditions and events: words for programs, which never change their meaning.</summary>
internal static class Reasons
{
    public const string Ready = "Ready";
    public const string Paused = "ReconciliationPaused";
    public const string ClusterNotFound = "ClusterNotFound";
    public const string ClusterNotReady = "ClusterNotReady";
    public const string ResourceConflict = "ResourceConflict";
    public const string Unreachable = "Unreachable";
    public const string PartitionsCannotShrink = "PartitionsCannotShrink";
    public const string ReplicasCannotChange = "ReplicasCannotChange";
    public const string Starting = "Starting";
    public const string PodFailing = "PodFailing";
    public const string PodUnschedulable = "PodUnschedulable";
    public const string WaitingForDeletion = "WaitingForDeletion";
    public const string VolumeBeingDeleted = "VolumeBeingDeleted";
    public const string Applied = "Applied";
    public const string Refused = "Refused";
}
