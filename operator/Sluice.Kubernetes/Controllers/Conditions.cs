using k8s.Models;

namespace Sluice.Kubernetes.Controllers;

/// <summary>The conditions of a status: one a type, with the time of the last change of its status.</summary>
public static class Conditions
{
    /// <summary>The condition of a type; null when there is none.</summary>
    public static V1Condition? Find(IEnumerable<V1Condition>? conditions, string type) => conditions?.FirstOrDefault(condition => condition.Type == type);

    /// <summary>Whether the condition is there and true.</summary>
    public static bool IsTrue(IEnumerable<V1Condition>? conditions, string type) => Find(conditions, type)?.Status == "True";

    /// <summary>
    /// Sets a condition. The transition time moves only when the status does, so that a status which says the same stays the same
    /// and need not be written.
    /// </summary>
    public static void Set(IList<V1Condition> conditions, string type, bool? status, string reason, string message, long? generation, DateTimeOffset now)
    {
        string text = status switch { true => "True", false => "False", null => "Unknown" };
        V1Condition? condition = Find(conditions, type);
        if (condition is null) conditions.Add(condition = new V1Condition { Type = type });
        if (condition.Status != text)
        {
            // Times of the API have whole seconds; a fraction would make an equal status look different.
            condition.LastTransitionTime = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()).UtcDateTime;
            condition.Status = text;
        }
        condition.Reason = reason;
        condition.Message = message;
        condition.ObservedGeneration = generation;
    }
}
