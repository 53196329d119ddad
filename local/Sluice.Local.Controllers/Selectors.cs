using k8s.Models;
using Sluice.Kubernetes.Models;

namespace Sluice.Local.Controllers;

/// <summary>Whether labels fit a selector.</summary>
internal static class Selectors
{
    /// <summary>All labels and all expressions must fit; an empty selector fits everything.</summary>
    public static bool Matches(V1LabelSelector selector, IDictionary<string, string>? labels) =>
        Matches(selector.MatchLabels, labels) && (selector.MatchExpressions ?? []).All(e => Matches(e, labels.OrEmpty()));

    /// <summary>All labels must be there.</summary>
    public static bool Matches(IDictionary<string, string>? wanted, IDictionary<string, string>? labels) =>
        wanted.OrEmpty().All(w => labels.Find(w.Key) == w.Value);

    private static bool Matches(V1LabelSelectorRequirement requirement, IDictionary<string, string> labels)
    {
        var has = labels.TryGetValue(requirement.Key, out var value);
        return requirement.OperatorProperty switch
        {
            "In" => has && requirement.Values?.Contains(value!) == true,
            "NotIn" => !has || requirement.Values?.Contains(value!) != true,
            "Exists" => has,
            "DoesNotExist" => !has,
            _ => throw new InvalidDataException($"operator \"{requirement.OperatorProperty}\" of a label selector is not known"),
        };
    }
}
