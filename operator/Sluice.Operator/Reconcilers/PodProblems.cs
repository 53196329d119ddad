using k8s.Models;

namespace Sluice.Operator.Reconcilers;

/// <summary>Finds out why a pod is not ready, in words that help.</summary>
internal static class PodProblems
{
    /// <summary>Reasons for which a container waits that are no problem.</summary>
    private static readonly string[] Harmless = ["ContainerCreating", "PodInitializing"];

    public static (string Reason, string Message)? Find(V1Pod pod)
    {
        string name = pod.Metadata.Name ?? "";
        foreach (V1ContainerStatus container in pod.Status?.ContainerStatuses ?? [])
        {
            if (container.State?.Waiting is { } waiting && !Harmless.Contains(waiting.Reason))
            {
                string last = container.LastState?.Terminated?.Message is { Length: > 0 } words ? words : waiting.Message ?? "";
                return (Reasons.PodFailing, Cut($"pod {name}: {waiting.Reason}: {last}"));
            }
            if (container.State?.Terminated is { ExitCode: not 0 } ended)
                return (Reasons.PodFailing, Cut($"pod {name} ended with code {ended.ExitCode}: {ended.Message ?? ended.Reason}"));
        }
        V1PodCondition? scheduled = pod.Status?.Conditions?.FirstOrDefault(condition => condition is { Type: "PodScheduled", Status: "False" });
        if (scheduled is not null) return (Reasons.PodUnschedulable, $"pod {name}: {scheduled.Message ?? scheduled.Reason}");
        return null;
    }

    /// <summary>The last lines of a log can be long, and the end of them says most.</summary>
    private static string Cut(string text)
    {
        const int Max = 1000;
        text = text.Trim();
        return text.Length <= Max ? text : string.Concat(text.AsSpan(0, 100), " … ", text.AsSpan(text.Length - (Max - 100)));
    }
}
