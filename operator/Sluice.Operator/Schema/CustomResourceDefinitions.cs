using System.Reflection;
using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Operator.Schema;

/// <summary>The definitions of <c>crds/</c>, carried in the program.</summary>
public static class CustomResourceDefinitions
{
    /// <summary>Every definition, as a tree.</summary>
    public static IReadOnlyList<JsonObject> All { get; } = Load();

    /// <summary>Applies the definitions and waits until the server serves their kinds.</summary>
    /// <exception cref="TimeoutException">A kind is not served within 30 seconds.</exception>
    public static async Task InstallAsync(KubernetesClient client, CancellationToken cancellation)
    {
        ResourceClient<JsonObject> definitions = client.Resource(ResourceType.Of<V1CustomResourceDefinition>());
        foreach (JsonObject definition in All)
            await definitions.ApplyAsync(definition, new WriteOptions { FieldManager = "sluice-crds", Force = true }, cancellation);
        foreach (JsonObject definition in All) await WaitAsync(client, definition["metadata"]!["name"]!.ToString(), cancellation);
    }

    private static async Task WaitAsync(KubernetesClient client, string name, CancellationToken cancellation)
    {
        TimeProvider time = client.Options.Time;
        long start = time.GetTimestamp();
        while (true)
        {
            V1CustomResourceDefinition definition = await client.GetAsync<V1CustomResourceDefinition>(null, name, cancellation);
            if (definition.Status?.Conditions?.Any(condition => condition is { Type: "Established", Status: "True" }) == true) return;
            if (time.GetElapsedTime(start) > TimeSpan.FromSeconds(30)) throw new TimeoutException($"The definition {name} is not established after 30 s.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellation);
        }
    }

    private static List<JsonObject> Load()
    {
        Assembly assembly = typeof(CustomResourceDefinitions).Assembly;
        var all = new List<JsonObject>();
        foreach (string name in assembly.GetManifestResourceNames().Where(name => name.StartsWith("crds/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            all.AddRange(KubernetesYaml.Parse(reader.ReadToEnd()).Select(node => node.AsObject()));
        }
        return all;
    }
}
