using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Cli.Local;

/// <summary>Applies the manifests of a folder, in the order of their file names.</summary>
internal sealed class Manifests(KubernetesClient client)
{
    private const string FieldManager = "sluice";
    private static readonly ResourceType Definitions = ResourceType.Of<V1CustomResourceDefinition>();

    /// <summary>Applies the custom resource definitions of a folder and waits until each is served.</summary>
    public async Task ApplyDefinitionsAsync(string folder, CancellationToken cancellation)
    {
        var names = new List<string>();
        foreach (var (item, file) in Read(folder))
        {
            if (item["kind"]?.ToString() != Definitions.Kind) throw new CommandException($"{file}: expected a {Definitions.Kind}, found {item["kind"]}.");
            await ApplyAsync(Definitions, item, file, cancellation).ConfigureAwait(false);
            names.Add(item["metadata"]!["name"]!.ToString());
        }
        foreach (var name in names)
        {
            while (!await IsEstablishedAsync(name, cancellation).ConfigureAwait(false))
                await Task.Delay(20, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Applies the objects of a folder whose kinds are given; those without a namespace go to "default".</summary>
    /// <returns>Kind and name of each, as in "Cluster sample".</returns>
    public async Task<IReadOnlyList<string>> ApplyObjectsAsync(string folder, IReadOnlyList<ResourceType> types, CancellationToken cancellation)
    {
        var applied = new List<string>();
        foreach (var (item, file) in Read(folder))
        {
            var type = types.FirstOrDefault(t => t.Kind == item["kind"]?.ToString() && t.ApiVersion == item["apiVersion"]?.ToString())
                ?? throw new CommandException($"{file}: {item["apiVersion"]} {item["kind"]} is no kind that `sluice up` applies ({string.Join(", ", types.Select(t => t.Kind))}).");
            if (type.Namespaced) item["metadata"]!["namespace"] ??= "default";
            await ApplyAsync(type, item, file, cancellation).ConfigureAwait(false);
            applied.Add($"{type.Kind} {item["metadata"]!["name"]}");
        }
        return applied;
    }

    private static IEnumerable<(JsonObject Item, string File)> Read(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder).Where(f => Path.GetExtension(f) is ".yaml" or ".yml").Order(StringComparer.Ordinal))
        {
            IReadOnlyList<JsonNode> documents;
            try
            {
                documents = KubernetesYaml.Parse(File.ReadAllText(file));
            }
            catch (FormatException e)
            {
                throw new CommandException($"{file}: {e.Message}");
            }
            foreach (var document in documents)
            {
                if (document is not JsonObject item || item["metadata"]?["name"] is null) throw new CommandException($"{file}: an object without metadata.name.");
                yield return (item, file);
            }
        }
    }

    private async Task ApplyAsync(ResourceType type, JsonObject item, string file, CancellationToken cancellation)
    {
        try
        {
            await client.Resource(type)
                .ApplyAsync(item, new WriteOptions { FieldManager = FieldManager, Force = true, FieldValidation = "Strict" }, cancellation)
                .ConfigureAwait(false);
        }
        catch (ApiException e)
        {
            throw new CommandException($"{file}: {e.Status.Message}");
        }
    }

    private async Task<bool> IsEstablishedAsync(string name, CancellationToken cancellation)
    {
        var definition = await client.GetAsync<V1CustomResourceDefinition>(null, name, cancellation).ConfigureAwait(false);
        return definition.Status?.Conditions?.Any(c => c.Type == "Established" && c.Status == "True") == true;
    }
}
