using k8s.Models;
using Sluice.Operator.Resources;

namespace Sluice.Cli.Local;

/// <summary>Whether an object of ours is as its manifest asks, and why not.</summary>
/// <param name="Name">Kind and name, as in "cluster sample".</param>
/// <param name="IsReady">The condition Ready is True, and it was made for the present generation.</param>
/// <param name="Reason">The condition's words.</param>
internal sealed record Readiness(string Name, bool IsReady, string Reason)
{
    public static Readiness Of(Cluster cluster) =>
        Of("cluster", cluster.Metadata, cluster.Status?.ObservedGeneration, cluster.Status?.Conditions);

    public static Readiness Of(Topic topic) =>
        Of("topic", topic.Metadata, topic.Status?.ObservedGeneration, topic.Status?.Conditions);

    private static Readiness Of(string kind, V1ObjectMeta metadata, long? observed, IList<V1Condition>? conditions)
    {
        var name = metadata.NamespaceProperty is "default" or null ? $"{kind} {metadata.Name}" : $"{kind} {metadata.NamespaceProperty}/{metadata.Name}";
        var ready = conditions?.FirstOrDefault(c => c.Type == "Ready");
        if (ready is null || (observed ?? 0) < (metadata.Generation ?? 0)) return new(name, false, "the operator has not looked at it yet");
        return new(name, ready.Status == "True", ready.Message is { Length: > 0 } ? ready.Message : ready.Reason ?? "");
    }
}
