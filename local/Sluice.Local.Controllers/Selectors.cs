using Sluice.Kubernetes.Models;

namespace Sluice.Local.Controllers;

/// <summary>Whether labels fit a selector.</summary>
internal static class Selectors
{
    /// <summary>All labels and all expressions must fit; an empty selector fits everything.</summary>
    public static bool Matches(LabelSelector selector, Dictionary<string, string>? labels) =>
        Matches(selector.MatchLabels, labels) && (selector.MatchExpressions ?? []).TrueForAll(e => Matches(e, labels ?? []));

    /// <summary>All labels must be there.</summary>
    public static bool Matches(Dictionary<string, string>? wanted, Dictionary<string, string>? labels) =>
        (wanted ?? []).All(w => labels?.GetValueOrDefault(w.Key) == w.Value);

    private static bool Matches(LabelSelectorRequirement requirement, Dictionary<string, string> labels)
    {
        var has = labels.TryGetValue(requirement.Key, out var value);
        return requirement.Operator switch
        {
            "In" => has && requirement.Values?.Contains(value!) == true,
            "NotIn" => !has || requirement.Values?.Contains(value!) != true,
            "Exists" => has,
            "DoesNotExist" => !has,
            _ => throw new InvalidDataException($"operator \"{requirement.Operator}\" of a label selector is not known"),
        };
    }
}
