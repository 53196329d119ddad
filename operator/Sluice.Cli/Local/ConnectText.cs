using Sluice.Operator.Resources;

namespace Sluice.Cli.Local;

/// <summary>How to connect, for the end of `up` and `status`.</summary>
internal static class ConnectText
{
    public static string For(StateDirectory state, Uri api, IReadOnlyList<Cluster> clusters, bool detached)
    {
        var lines = new List<string> { "", "Sluice is ready." };
        foreach (var cluster in clusters)
            lines.Add($"  {cluster.Metadata.Name + ":",-14} {cluster.Status?.BootstrapAddress}");
        lines.Add($"  {"API:",-14} {api.GetLeftPart(UriPartial.Authority)}");
        lines.Add($"  {"log:",-14} {state.Log}");
        lines.Add("");
        if (clusters.FirstOrDefault(c => c.Status?.BootstrapAddress is { Length: > 0 }) is { } first)
            lines.Add($"  kcat -b {first.Status!.BootstrapAddress} -L");
        lines.Add($"  export KUBECONFIG={state.KubeConfig}");
        lines.Add("  kubectl get clusters,topics,pods");
        lines.Add("");
        lines.Add(detached ? "It runs in the background; `sluice down` stops it, the data stays." : "Ctrl-C stops it, the data stays.");
        return string.Join(Environment.NewLine, lines);
    }
}
