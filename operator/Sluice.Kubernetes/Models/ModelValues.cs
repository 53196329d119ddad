using System.Globalization;
using k8s.Models;

namespace Sluice.Kubernetes.Models;

/// <summary>What the models leave to those who read them: maps that are null when empty, numbers that stand as texts.</summary>
public static class ModelValues
{
    /// <summary>The map, or an empty one.</summary>
    public static IDictionary<string, T> OrEmpty<T>(this IDictionary<string, T>? map) => map ?? new Dictionary<string, T>();

    /// <summary>A map of its own with the same content; empty when there is none.</summary>
    public static Dictionary<string, T> Copied<T>(this IDictionary<string, T>? map) => new(map.OrEmpty(), StringComparer.Ordinal);

    /// <summary>The value of a name; null when the map is null or has none.</summary>
    public static T? Find<T>(this IDictionary<string, T>? map, string name)
        where T : class => map is not null && map.TryGetValue(name, out T? value) ? value : null;

    /// <summary>The number; null when it is a text that is none, such as the name of a port.</summary>
    public static int? Number(this IntOrString value) => int.TryParse(value.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;
}
