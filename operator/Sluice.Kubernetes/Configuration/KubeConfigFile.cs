using System.Text;
using System.Text.Json.Nodes;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Kubernetes.Configuration;

/// <summary>One kubeconfig file as read.</summary>
internal sealed class KubeConfigFile
{
    private readonly JsonObject _root;

    private KubeConfigFile(string path, JsonObject root)
    {
        Path = path;
        _root = root;
    }

    public string Path { get; }

    public string? CurrentContext => _root["current-context"]?.ToString();

    public static KubeConfigFile Read(string path)
    {
        try
        {
            IReadOnlyList<JsonNode> documents = KubernetesYaml.Parse(File.ReadAllText(path));
            return new KubeConfigFile(path, documents is [JsonObject root] ? root : throw new KubeConfigException($"{path} is not a kubeconfig: expected a mapping."));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new KubeConfigException($"{path} cannot be read: {error.Message}", error);
        }
    }

    public KubeConfigEntry? Find(string section, string name)
    {
        if (_root[section] is not JsonArray entries) return null;
        string singular = section[..^1];
        foreach (JsonNode? node in entries)
        {
            if (node is JsonObject entry && entry["name"]?.ToString() == name)
                return new KubeConfigEntry(Path, $"{singular} '{name}'", entry[singular] as JsonObject ?? []);
        }
        return null;
    }
}

/// <summary>One named cluster, user or context of a kubeconfig.</summary>
internal sealed class KubeConfigEntry(string path, string what, JsonObject content)
{
    public string? Text(string name) => content[name]?.ToString();

    public JsonObject? Object(string name) => content[name] switch
    {
        null => null,
        JsonObject value => value,
        _ => throw Bad(name, "expected a mapping"),
    };

    public bool Flag(string name) => content[name] is { } node && (bool.TryParse(node.ToString(), out bool value) ? value : throw Bad(name, $"'{node}' is neither true nor false"));

    public string Require(string name) => Text(name) is { Length: > 0 } value ? value : throw new KubeConfigException($"{path}: {what} has no {name}.");

    /// <summary>Paths in a kubeconfig are relative to the file that holds them.</summary>
    public string Resolve(string file) => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, file));

    /// <summary>Fails when the entry has a field other than those that are supported.</summary>
    public void Refuse(ReadOnlySpan<string> supported)
    {
        foreach ((string name, JsonNode? value) in content)
        {
            if (value is null || supported.Contains(name)) continue;
            throw new KubeConfigException($"{path}: {what} uses '{name}', which is not supported.");
        }
    }

    /// <summary>The content of <c>NAME-data</c> (base64), else of the file that <c>NAME</c> gives.</summary>
    public string? Pem(string name)
    {
        string dataName = name + "-data";
        if (Text(dataName) is { Length: > 0 } data)
        {
            try
            {
                return Encoding.UTF8.GetString(Convert.FromBase64String(data));
            }
            catch (FormatException)
            {
                throw Bad(dataName, "it is not base64");
            }
        }
        if (Text(name) is not { Length: > 0 } file) return null;
        try
        {
            return File.ReadAllText(Resolve(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Bad(name, error.Message);
        }
    }

    /// <summary>A text as the fields whose names end in <c>-data</c> hold it.</summary>
    public static string Data(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    public KubeConfigException Bad(string name, string why) => new($"{path}: {what}: {name}: {why}.");
}
